import { createHmac } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { HostConfig } from "./config.js";
import { nearest } from "./faults.js";

/** Where secrets are files on a Pi. */
export const secretsDir = "/var/lib/pi-fleet-secrets";

/** A secret as a file on a Pi. */
export interface SecretFile {
  /** Its name in `secretsDir`. */
  readonly name: string;
  readonly owner: string;
  readonly group: string;
  /** Octal, such as 0400. */
  readonly mode: string;
  /** The units that are restarted when it changes. */
  readonly units: readonly string[];
  readonly content: string;
}

/** What the channel brings to one Pi. All of it is secret but `keep` and `ids`. */
export interface SecretDelivery {
  readonly files: readonly SecretFile[];
  /** Files that the system reads and that a person puts there: left alone. */
  readonly keep: readonly string[];
  /** What identifies each file's content and rights, by its name. Without the deploy key it tells nothing. */
  readonly ids: Readonly<Record<string, string>>;
}

type SecretOptions = Omit<SecretFile, "content">;

/** One file that a host wants, and the stack secrets that it is made of. */
interface Wanted extends SecretOptions {
  readonly kind: "passphrases" | "line" | "any";
  readonly from: readonly { readonly secret: string; readonly option: string }[];
}

/** The stack secret with a network's passphrase, or null for an open one. */
export function passphraseName(
  ssid: string,
  { open, secret }: { readonly open?: boolean | undefined; readonly secret?: string | undefined },
): string | null {
  return open ? null : (secret ?? `psk_${ssid.replace(/[^A-Za-z0-9]/g, "_")}`);
}

/** The files that a host refers to. A file that config says lies elsewhere is none of them. */
function wantedFiles({ network, profiles, secrets }: HostConfig): Wanted[] {
  const root = { owner: "root", group: "root", mode: "0400" };
  const { wifi, tailscale } = network;
  const passphrases = Object.entries(wifi?.networks ?? {}).flatMap(([ssid, one]) => {
    const secret = passphraseName(ssid, one);
    return secret === null ? [] : [{ secret, option: `network.wifi.networks.${ssid}` }];
  });
  const hasTailnet = tailscale?.enable ?? profiles.includes("network");
  const own = Object.entries(secrets).flatMap(([name, { age, ...options }]): Wanted[] =>
    age ? [] : [{ ...options, name, kind: "any", from: [{ secret: name, option: `secrets.${name}` }] }],
  );
  if (passphrases.length > 0 && !wifi?.secretsFile) {
    const units = [`wpa_supplicant-${wifi?.interface ?? "wlan0"}.service`];
    const rights = { ...root, group: "wpa_supplicant", mode: "0640" };
    own.push({ ...rights, name: "wireless.conf", units, kind: "passphrases", from: passphrases });
  }
  if (hasTailnet && !tailscale?.authKeyFile) {
    const from = [{ secret: tailscale?.secret ?? "tailscale", option: "network.tailscale" }];
    own.push({
      ...root,
      name: "tailscale.key",
      units: ["tailscaled-autoconnect.service"],
      kind: "line",
      from,
    });
  }
  return own.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The names of the stack secrets that go to a host. */
export function secretNames(host: HostConfig, known: readonly string[]): string[] {
  const names = wantedFiles(host).flatMap(({ from }) => from.map(({ secret }) => secret));
  return [...new Set(names)].filter((name) => known.includes(name));
}

/** The files of a host whose secrets the stack does not have: they are on the Pi already. */
function byHand(host: HostConfig, known: readonly string[]): Wanted[] {
  return wantedFiles(host).filter(({ from }) => from.every(({ secret }) => !known.includes(secret)));
}

/** What is delivered to a host. `values` has the secrets that `secretNames` gives; `deployKey` keys the ids. */
export function deliveryOf(
  host: HostConfig,
  values: Readonly<Record<string, string>>,
  deployKey: string,
): SecretDelivery {
  const known = Object.keys(values);
  const keep = byHand(host, known).map(({ name }) => name);
  const files = wantedFiles(host)
    .filter(({ name }) => !keep.includes(name))
    .map(({ kind, from, ...file }): SecretFile => {
      const names = [...new Set(from.map(({ secret }) => secret))];
      return { ...file, content: contentOf(kind, names, values) };
    });
  const id = (file: SecretFile) =>
    createHmac("sha256", deployKey)
      .update(JSON.stringify(Object.entries(file).sort()))
      .digest("hex");
  return { files, keep, ids: Object.fromEntries(files.map((file) => [file.name, id(file).slice(0, 16)])) };
}

function contentOf(kind: Wanted["kind"], names: string[], values: Readonly<Record<string, string>>): string {
  if (kind === "any") return values[names[0]!]!;
  const prefix = (name: string) => (kind === "passphrases" ? `${name}=` : "");
  return names
    .sort()
    .map((name) => `${prefix(name)}${oneLine(values[name]!)}\n`)
    .join("");
}

/** Without the line break that an `echo` or an editor leaves at the end. */
function oneLine(value: string): string {
  return value.replace(/\r?\n$/, "");
}

/** What secrets.sh reads on stdin; see there. `id` is the activation that they are for. */
export function staged(id: string, { files, keep, ids }: SecretDelivery): string {
  return [
    `for ${id}`,
    ...files.map(({ name, owner, group, mode, units, content }) =>
      ["file", name, ids[name], owner, group, mode, Buffer.from(content).toString("base64"), ...units].join(
        " ",
      ),
    ),
    ...keep.map((name) => `keep ${name}`),
    "end\n",
  ].join("\n");
}

/** What differs between the files that a Pi should have and those that it reports: `wireless.conf is new`, … */
export function secretChanges(
  wanted: Readonly<Record<string, string>>,
  seen: Readonly<Record<string, string>>,
): string[] {
  const names = [...new Set([...Object.keys(wanted), ...Object.keys(seen)])].sort();
  return names.flatMap((name) => {
    if (wanted[name] === seen[name]) return [];
    if (!(name in wanted)) return [`${name} goes`];
    if (!(name in seen)) return [`${name} is new`];
    return [seen[name] === "altered" ? `${name} was altered or removed on the Pi` : `${name} changes`];
  });
}

/** The command that sets a stack secret. */
export function setSecret(name: string): string {
  return `pulumi config set --secret --path 'pi-fleet:secrets.${name}'`;
}

/**
 * What is wrong with the stack's secrets: one is missing, or can't be what it is used for. Never shows a value; one that
 * is known only later, an output, is not looked at.
 */
export function secretFaults(
  hosts: Readonly<Record<string, HostConfig>>,
  secrets: Readonly<Record<string, unknown>>,
): { path: string[]; message: string }[] {
  const faults = new Map<string, string>();
  for (const [host, config] of Object.entries(hosts)) {
    const absent = byHand(config, Object.keys(secrets));
    for (const { name, kind, from } of wantedFiles(config)) {
      for (const { secret, option } of from) {
        const place = `hosts.${host}.${option}`;
        const expected = kind === "any" || !absent.some((file) => file.name === name);
        const fault = secret in secrets ? valueFault(secrets[secret], kind) : expected && "is missing";
        if (fault) faults.set(secret, `${fault}; ${place} needs it. Set it with: ${setSecret(secret)}`);
      }
    }
  }
  return [...faults].map(([name, message]) => ({ path: ["secrets", name], message }));
}

function valueFault(value: unknown, kind: Wanted["kind"]): string | undefined {
  if (typeof value !== "string") return undefined;
  if (value.trim() === "") return "is empty";
  if (kind === "any") return undefined;
  const text = oneLine(value);
  if (/\p{Cc}/u.test(text)) return "is one line, without control characters";
  const length = Buffer.byteLength(text);
  if (kind === "passphrases" && !/^[0-9a-f]{64}$/i.test(text) && (length < 8 || length > 63))
    return `has ${length} characters, and a Wi-Fi passphrase has 8 to 63, or is a key of 64 hexadecimal digits`;
  return undefined;
}

/** Files of age that are not there or not encrypted: they would be in the Nix store as they are. */
export function ageFaults(
  hosts: Readonly<Record<string, HostConfig>>,
  flake: string,
): { path: string[]; message: string }[] {
  return Object.entries(hosts).flatMap(([host, { secrets }]) =>
    Object.entries(secrets).flatMap(([name, { age }]) => {
      const fault = age && ageFault(join(flake, age));
      return fault ? [{ path: ["hosts", host, "secrets", name, "age"], message: fault }] : [];
    }),
  );
}

function ageFault(file: string): string | undefined {
  if (!existsSync(file)) return `there is no file ${file}`;
  const start = readFileSync(file).subarray(0, 40).toString("latin1");
  if (/^(age-encryption\.org\/v1\n|-----BEGIN AGE ENCRYPTED FILE-----)/.test(start)) return undefined;
  return `${file} is not encrypted with age, and everybody could read it in the Nix store: age -r 'ssh-ed25519 …' -o ${file}`;
}

/** What a person should know of the stack's secrets: those that nobody uses. */
export function secretWarnings(
  hosts: Readonly<Record<string, HostConfig>>,
  secrets: Readonly<Record<string, unknown>>,
): string[] {
  const used = Object.values(hosts)
    .flatMap(wantedFiles)
    .flatMap(({ from }) => from.map(({ secret }) => secret));
  return Object.keys(secrets)
    .filter((name) => !used.includes(name))
    .map((name) => `pi-fleet:secrets.${name}: no host uses it${nearest(name, used)}`);
}

/** What a person should know of a host's secrets: the files that it expects on the Pi already. */
export function byHandRemark(host: HostConfig, known: readonly string[]): string | undefined {
  const files = byHand(host, known).filter(({ kind }) => kind !== "any");
  if (files.length === 0) return undefined;
  const paths = files.map(({ name }) => `${secretsDir}/${name}`);
  const names = files.flatMap(({ from }) => from.map(({ secret }) => secret));
  return `${paths.join(" and ")} must be on the Pi already: the stack has no secret ${names.join(", ")} (${setSecret(names[0]!)})`;
}
