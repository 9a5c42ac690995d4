import { parseArgs } from "node:util";
import { z } from "zod";
import { faultLines } from "../config/fault-lines.js";
import { address, port, user } from "../config/fields.js";
import { hostAddress } from "../config/host.js";
import { hostPublicKey } from "../config/keys.js";
import type { Access } from "../protocol/access.js";
import { didYouMean } from "../shared/did-you-mean.js";
import { UserError } from "../shared/user-error.js";
import { offeredHostKey } from "../ssh/offered-host-key.js";
import { fingerprint, fingerprintLine, keyIdentity } from "../ssh/public-key.js";
import type { Target } from "../ssh/target.js";
import { configHosts, type ConfigHosts } from "./config-hosts.js";
import { commandName } from "./help.js";
import { loginFault } from "./login-fault.js";
import { personAtTerminal } from "./person.js";
import { readText, replaceFile, withHostKey } from "./pin-host-key.js";
import { stackOutputs } from "./stack-outputs.js";

/** Waits this long for a Pi: its config may have no stack yet, and so no `timeouts`. */
const connectSeconds = 15;

interface AdoptOptions {
  readonly pi: string;
  readonly yes: boolean;
  readonly replace: boolean;
}

/** What config says of how a host is reached. */
const reach = z.object({
  address: address.optional(),
  user: user.default("pi"),
  port: port.default(22),
  hostKey: hostPublicKey.optional(),
});

/** What to do with the key that a Pi shows. */
export type Verdict =
  /** Config has this very key. */
  | { readonly kind: "pinned" }
  /** The stack made this key for the Pi: its card was flashed with it, so there is nothing to adopt. */
  | { readonly kind: "made" }
  /** @param instead what the Pi was to show so far, in words */
  | { readonly kind: "pin"; readonly instead?: string };

/** Shows the host key of a running Pi, asks, and writes it to config as `hosts.NAME.hostKey`. */
export async function adoptByHand(words: readonly string[]): Promise<void> {
  const options = adoptOptions(words);
  const config = await configHosts();
  const { access } = await stackOutputs();
  const target = targetOf(options.pi, config);
  const { name } = target;
  const known = knownKeys(config, access);
  const key = await offeredHostKey({ ...target, hostKey: undefined }, connectSeconds, target.hostKey);
  const verdict = judge(target, key, known, options.replace);
  const pinned = { ...target, hostKey: key };
  if (verdict.kind === "pin") {
    await agree(target, key, verdict.instead, options.yes);
    await write(config, name, key);
    console.log(`${config.name}: hosts.${name}.hostKey is ${key}`);
  } else {
    console.log(
      verdict.kind === "pinned"
        ? `${name} shows the key that ${config.name} has for it, ${fingerprint(key)}: nothing was written.`
        : `${name} shows the key that this stack made for it, ${fingerprint(key)}. It needs no hostKey, and nothing was written.`,
    );
  }
  const fault = await loginFault(pinned, access?.deployKey, connectSeconds);
  console.log(fault ? `Before pulumi up: ${fault}` : `${name} is ready for pulumi preview and pulumi up.`);
}

/** @throws UserError for what it does not take */
export function adoptOptions(words: readonly string[]): AdoptOptions {
  const usage = `${commandName()} adopt PI [--yes] [--replace]`;
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { yes: { type: "boolean", default: false }, replace: { type: "boolean", default: false } },
    });
    const [pi, ...others] = positionals;
    if (pi === undefined || others.length > 0)
      throw new Error(pi === undefined ? "name the Pi" : "it takes one Pi at a time");
    return { pi, ...values };
  } catch (cause) {
    throw new UserError(`adopt: ${(cause as Error).message} (${usage}).`, { cause });
  }
}

/** How config reaches a host. @throws UserError when it does not name the host, or has a fault there */
export function targetOf(name: string, { hosts, name: file }: ConfigHosts): Target {
  if (!Object.hasOwn(hosts, name)) {
    const names = Object.keys(hosts);
    throw new UserError(
      `${file} has no host "${name}"${didYouMean(name, names)} There are: ${names.join(", ")}. A Pi that is new to the ` +
        `fleet is named there first, with its board and address.`,
    );
  }
  const raw = { hosts: { [name]: hosts[name] } };
  const schema = z.object({ hosts: z.record(z.string(), reach) });
  const parsed = schema.safeParse(raw);
  if (!parsed.success) {
    const lines = faultLines(parsed.error, raw, schema).map((line) => `  ${line}`);
    throw new UserError(`${file}:\n${lines.join("\n")}`);
  }
  const host = parsed.data.hosts[name]!;
  return { ...host, name, address: hostAddress(name, host) };
}

/** The host keys that config pins or the stack made, by host. */
export function knownKeys({ hosts }: ConfigHosts, access: Access | undefined): Map<string, string> {
  const made = Object.entries(access?.pis ?? {}).flatMap(([name, { target }]) =>
    target.hostKey ? [[name, target.hostKey] as const] : [],
  );
  const pinned = Object.entries(hosts).flatMap(([name, value]) => {
    const key = reach.pick({ hostKey: true }).safeParse(value).data?.hostKey;
    return key ? [[name, key] as const] : [];
  });
  return new Map([...made, ...pinned]);
}

/** @throws UserError when the key must not be pinned, with what to do */
export function judge(
  { name, address, hostKey }: Target,
  key: string,
  known: ReadonlyMap<string, string>,
  replace: boolean,
): Verdict {
  const isSame = (other: string | undefined) =>
    other !== undefined && keyIdentity(other) === keyIdentity(key);
  const owner = [...known].find(([other, theirs]) => other !== name && isSame(theirs))?.[0];
  if (owner)
    throw new UserError(
      `What answers at ${address} shows the host key of ${owner}, ${fingerprint(key)}. Either hosts.${name}.address leads to ` +
        `${owner}, or ${owner}'s card was copied for ${name}: a card of its own has a key of its own.`,
    );
  if (isSame(hostKey)) return { kind: "pinned" };
  const made = known.get(name);
  if (!hostKey && isSame(made)) return { kind: "made" };
  if (hostKey && !replace)
    throw new UserError(
      `hosts.${name}.hostKey pins another key. Config: ${fingerprint(hostKey)}; ${name} shows: ${fingerprint(key)}. If the Pi ` +
        `was flashed anew or its keys were made anew, pin the new one: ${commandName()} adopt ${name} --replace. If not, ` +
        `somebody may be in between.`,
    );
  if (hostKey) return { kind: "pin", instead: `config pins ${fingerprint(hostKey)} now` };
  if (made) return { kind: "pin", instead: `this stack made ${fingerprint(made)} for its card` };
  return { kind: "pin" };
}

/** Ends when a person has compared the key. */
async function agree(
  { name, address, port: at }: Target,
  key: string,
  instead: string | undefined,
  yes: boolean,
): Promise<void> {
  process.stderr.write(
    `${name} (${address} port ${at}) shows this host key${instead ? ` (${instead})` : ""}:\n` +
      `  ${fingerprintLine(key)}\n` +
      "Compare it with what the Pi says at its screen, or over a way that you trust:\n" +
      `  ssh-keygen -lf /etc/ssh/ssh_host_${keyFile(key)}_key.pub\n`,
  );
  if (yes) return;
  const person = personAtTerminal();
  if (!person) throw new UserError("Nothing was written: nobody is there to compare it. To agree: --yes.");
  const typed = await person.ask("Type yes, or the fingerprint, to pin it: ");
  if (typed !== "yes" && typed !== fingerprint(key)) throw new UserError("Nothing was written.");
}

/** `ed25519`, `ecdsa` or `rsa`, as in the names of sshd's files. */
function keyFile(key: string): string {
  return /^(?:ssh|ecdsa)-(ed25519|rsa)/.exec(key)?.[1] ?? "ecdsa";
}

async function write(config: ConfigHosts, name: string, key: string): Promise<void> {
  // Somebody may have edited it since it was read: a person was asked in between.
  const text = withHostKey(await readText(config.file), [...config.path, name], key);
  if (text === undefined)
    throw new UserError(
      `${config.name} is not written in a form in which hosts.${name} alone can get a key: it is an alias, or other hosts ` +
        `merge from it. Nothing was written. Add this to ${name} by hand:\n  hostKey: ${key}`,
    );
  await replaceFile(config.file, text);
}
