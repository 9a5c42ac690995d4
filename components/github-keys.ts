import type { FleetConfig, HostConfig } from "./config.js";
import { publicKeyFault, fingerprint } from "./public-key.js";

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
  readonly taken: Record<string, string[]>;
  readonly warnings: string[];
  /** With their paths; when there is one, the rest is not to be used. */
  readonly faults: string[];
}

type Answer =
  | { readonly kind: "shown"; readonly keys: readonly string[] }
  | { readonly kind: "no answer"; readonly message: string };

/**
 * Puts the keys that GitHub shows of its users in place of their names, so far as config has pinned them. Without an
 * answer from GitHub, `last` is asked for what an earlier run took.
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
  const taken: Record<string, string[]> = {};
  const warnings = new Set<string>();
  const faults: string[] = [];
  const resolved = new Map<string, string[]>();
  const names = [...new Set(users.map(({ github }) => github))];
  const asked = new Map(
    await Promise.all(names.map(async (name) => [name, await shown(fleet.keys.github.url, name)] as const)),
  );
  const before = [...asked.values()].some(({ kind }) => kind === "no answer") ? await last() : {};

  for (const { path, github, pin } of users) {
    const answer = asked.get(github)!;
    if (!pin) {
      faults.push(`${path}.pin: ${missingPin(github, answer, fleet.keys.github.url)}`);
      continue;
    }
    const keys = answer.kind === "shown" ? answer.keys : (before[github] ?? []);
    const pinned = keys.filter((key) => pin.includes(fingerprint(key)));
    if (answer.kind === "no answer") {
      const words = `the keys of ${github} could not be read from GitHub: ${answer.message}`;
      if (pinned.length === 0) {
        faults.push(`${path}: ${words}, and no earlier run has left any that is pinned. Try again later.`);
        continue;
      }
      warnings.add(`${words}; those of the last run are used`);
    } else {
      for (const key of keys.filter((one) => !pinned.includes(one)))
        warnings.add(
          `GitHub shows a key of ${github} that is not pinned, and it is left out: ${fingerprint(key)}`,
        );
    }
    for (const one of pin.filter((wanted) => !pinned.some((key) => fingerprint(key) === wanted)))
      warnings.add(`GitHub does not show ${one} of ${github} any more, and it is left out`);
    taken[github] = [...new Set([...(taken[github] ?? []), ...pinned])];
    resolved.set(path, pinned);
  }

  const keysAt = (path: string, one: KeyOrUser) =>
    typeof one === "string" ? [one] : (resolved.get(path) ?? []);
  const all = holders.flatMap((one, index) => keysAt(`keys.holders[${index}]`, one));
  if (faults.length === 0 && holders.length > 0 && all.length === 0)
    faults.push(
      "keys.holders: GitHub shows none of the pinned keys, and no other would be left: you could be locked out.",
    );
  const hosts = Object.entries(fleet.hosts).map(([name, host]) => {
    const accounts = Object.entries(host.users ?? {}).map(([user, account]) => {
      const path = `hosts.${name}.users.${user}.keys`;
      const keys = account.keys.flatMap((one, index) => keysAt(`${path}[${index}]`, one));
      if (faults.length === 0 && keys.length === 0)
        faults.push(`${path}: GitHub shows none of the pinned keys, and no other would be left.`);
      return [user, { ...account, keys }] as const;
    });
    return [name, host.users ? { ...host, users: Object.fromEntries(accounts) } : host] as const;
  });
  return {
    fleet: { ...fleet, hosts: Object.fromEntries(hosts) },
    holders: all,
    taken,
    warnings: [...warnings],
    faults,
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

/** What GitHub shows of a user, in bounded time. */
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
      keys: keys.map((key) => `${key.split(/\s+/).slice(0, 2).join(" ")} ${user}@github`),
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
