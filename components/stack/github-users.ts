import type { FleetConfig } from "../config/fleet-config.js";
import type { HostConfig } from "../config/host.js";
import { fingerprint, keyIdentity, publicKeyFault } from "../ssh/public-key.js";

/** The keys of a GitHub user, as config names them. */
export interface GitHubUser {
  readonly github: string;
  /** Fingerprints of those that are taken; needed. */
  readonly pin?: readonly string[] | undefined;
}

/** One OpenSSH line, or a GitHub user whose keys it stands for. */
export type KeyOrUser = string | GitHubUser;

export interface Resolved {
  readonly fleet: FleetConfig;
  readonly holders: string[];
  /** The keys that were taken, by GitHub user: what a run falls back to when GitHub can't be reached. */
  readonly taken: Readonly<Record<string, readonly string[]>>;
  readonly warnings: string[];
  /** With their paths; when there is one, the rest is not to be used. */
  readonly faults: string[];
}

type Answer =
  | { readonly kind: "shown"; readonly keys: readonly string[] }
  | { readonly kind: "no answer"; readonly message: string };

/**
 * Replaces GitHub users by the keys that GitHub shows for them and that config has pinned. Without an answer from
 * GitHub, the keys that an earlier run took (`last`) are used.
 */
export async function resolveGitHubUsers(
  fleet: FleetConfig,
  holders: readonly KeyOrUser[],
  last: () => Promise<Readonly<Record<string, readonly string[]>>>,
): Promise<Resolved> {
  const places = [
    ...holders.map((one, index) => [`keys.holders[${index}]`, one] as const),
    ...Object.entries(fleet.hosts).flatMap(([name, host]) => usersOf(`hosts.${name}`, host)),
  ];
  const users = places.flatMap(([path, one]) => (typeof one === "string" ? [] : [{ path, ...one }]));
  const url = fleet.keys.github.url;
  const names = [...new Set(users.map(({ github }) => github))];
  const answers = new Map(
    await Promise.all(names.map(async (name) => [name, await shown(url, name)] as const)),
  );
  const away = [...answers.values()].some(({ kind }) => kind === "no answer");
  const earlier = away ? await last() : {};
  const picks = users.map(({ path, ...user }) => {
    const answer = answers.get(user.github)!;
    return { path, user, ...pick(user, answer, earlier[user.github] ?? [], url) };
  });

  const faults = picks.flatMap(({ path, fault }) => (fault ? [`${path}${fault}`] : []));
  const keysAt = (path: string, one: KeyOrUser) =>
    typeof one === "string" ? [one] : (picks.find((pick) => pick.path === path)?.keys ?? []);
  const left = (path: string, list: readonly KeyOrUser[]) => {
    const keys = list.flatMap((one, index) => keysAt(`${path}[${index}]`, one));
    if (keys.length === 0 && list.length > 0 && !picks.some(({ fault }) => fault))
      faults.push(
        `${path}: GitHub shows none of the pinned keys, and no other would be left to log in with.`,
      );
    return keys;
  };
  const hosts = Object.entries(fleet.hosts).map(([name, host]) => {
    if (!host.users) return [name, host] as const;
    const accounts = Object.entries(host.users).map(([user, account]) => {
      return [user, { ...account, keys: left(`hosts.${name}.users.${user}.keys`, account.keys) }] as const;
    });
    return [name, { ...host, users: Object.fromEntries(accounts) }] as const;
  });
  const taken = names.map((name) => {
    const keys = picks.flatMap((pick) => (pick.user.github === name ? pick.keys : []));
    return [name, [...new Set(keys)]] as const;
  });
  return {
    fleet: { ...fleet, hosts: Object.fromEntries(hosts) },
    holders: left("keys.holders", holders),
    taken: Object.fromEntries(taken),
    warnings: [...new Set(picks.flatMap(({ warnings }) => warnings))],
    faults,
  };
}

interface Pick {
  readonly keys: readonly string[];
  readonly warnings: readonly string[];
  /** The text after the path. */
  readonly fault?: string;
}

/** The pinned ones of a user's keys. */
function pick({ github, pin }: GitHubUser, answer: Answer, earlier: readonly string[], url: string): Pick {
  if (!pin) return { keys: [], warnings: [], fault: `.pin: ${missingPin(github, answer, url)}` };
  const pinned = (keys: readonly string[]) => keys.filter((key) => pin.includes(fingerprint(key)));
  if (answer.kind === "no answer") {
    const words = `the keys of ${github} could not be read from GitHub: ${answer.message}`;
    const keys = pinned(earlier);
    if (keys.length > 0) return { keys, warnings: [`${words}; those of the last run are used`] };
    const fault = `: ${words}, and no earlier run has left any that is pinned. Try again later.`;
    return { keys, warnings: [], fault };
  }
  const keys = pinned(answer.keys);
  const prints = answer.keys.map(fingerprint);
  const unpinned = prints.filter((print) => !pin.includes(print));
  const gone = pin.filter((print) => !prints.includes(print));
  return {
    keys,
    warnings: [
      ...unpinned.map(
        (print) => `GitHub shows a key of ${github} that is not pinned, and it is left out: ${print}`,
      ),
      ...gone.map((print) => `GitHub does not show ${print} of ${github} any more, and it is left out`),
    ],
  };
}

/** The places of keys in the accounts of a host. */
export function usersOf(path: string, { users }: HostConfig): (readonly [string, KeyOrUser])[] {
  return Object.entries(users ?? {}).flatMap(([user, { keys }]) =>
    keys.map((one, index) => [`${path}.users.${user}.keys[${index}]`, one] as const),
  );
}

function missingPin(github: string, answer: Answer, url: string): string {
  if (answer.kind === "no answer")
    return `is missing, and ${url}/${github}.keys can't be read now: ${answer.message}. Fingerprints are what ssh-keygen -lf shows.`;
  if (answer.keys.length === 0) return `is missing, and GitHub shows no key of ${github}.`;
  const prints = answer.keys.map((key) => fingerprint(key));
  const kinds = answer.keys.map((key, index) => `${prints[index]} (${key.split(" ")[0]})`);
  return (
    `is missing, so whoever has that account could add a key. GitHub shows ${kinds.join(", ")} now. Compare with ` +
    `ssh-keygen -lf, and write: { github: ${github}, pin: [${prints.map((print) => `"${print}"`).join(", ")}] }`
  );
}

/** The keys that GitHub shows for a user, in bounded time. */
async function shown(url: string, user: string): Promise<Answer> {
  try {
    const response = await fetch(`${url}/${user}.keys`, { signal: AbortSignal.timeout(4000) });
    // A user who is gone has no keys.
    if (response.status === 404) return { kind: "shown", keys: [] };
    if (!response.ok) return { kind: "no answer", message: `it answers with status ${response.status}` };
    const lines = (await response.text()).split("\n").map((line) => line.trim());
    const keys = lines.filter((line) => line && !publicKeyFault(line));
    return {
      kind: "shown",
      keys: keys.map((key) => `${keyIdentity(key)} ${user}@github`),
    };
  } catch (error) {
    return { kind: "no answer", message: reason(error) };
  }
}

/** What `fetch` throws says little; its cause has the reason. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "it gave no answer within 4 s";
  return error.cause instanceof Error ? error.cause.message : error.message;
}
