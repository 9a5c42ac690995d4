import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { crossFaults, fleetConfig, rightParts, secretKeys, type FleetConfig } from "./config.js";
import { faultLine, faultLines, nearest, show, UserError } from "./faults.js";
import { resolveGitHubUsers, type KeyOrUser } from "./github-keys.js";
import { previousGitHubKeys } from "./previous.js";
import { parseOnly } from "./selection.js";
import { runnersOf } from "./runner.js";
import { publicKeyFault } from "./public-key.js";
import { ageFaults, secretFaults, setSecret } from "./secrets.js";

const namespace = "pi-fleet";

/** The stack's config, validated, with the holders' keys read from their files. */
export interface StackConfig {
  readonly fleet: FleetConfig;
  /** The keys that people hold, one OpenSSH line each. */
  readonly holders: string[];
  /** A GitHub credential for the runners, if the stack has one. */
  readonly githubToken: pulumi.Output<string> | undefined;
  /** What config's hosts refer to by name. Secret. */
  readonly secrets: Readonly<Record<string, pulumi.Output<string>>>;
  /** The keys that were taken from GitHub, by user; the stack's output `githubKeys` keeps them for the next run. */
  readonly githubKeys: Readonly<Record<string, readonly string[]>>;
}

/**
 * Reads and validates the whole config of the current stack, and asks GitHub for the keys of users that it names.
 * @throws UserError with every fault, each with its path, before any resource is registered.
 */
export async function readStackConfig(): Promise<StackConfig> {
  const flat = pulumi.runtime.allConfig();
  const encrypted = JSON.parse(process.env["PULUMI_CONFIG_SECRET_KEYS"] || "[]") as string[];
  const { secrets, ...parsed } = parseFleetConfig(flat, encrypted, process.env["PI_FLEET_ONLY"]);
  const { fleet, holders, taken, warnings, faults } = await resolveGitHubUsers(
    parsed.fleet,
    parsed.holders,
    previousGitHubKeys,
  );
  refuse(faults);
  for (const line of warnings) void pulumi.log.warn(line);
  const config = new pulumi.Config(namespace);
  const hidden = Object.entries(secrets).map(([name, value]) => [name, pulumi.secret(value)] as const);
  return {
    fleet,
    holders,
    githubToken: config.getSecret("githubToken"),
    secrets: Object.fromEntries(hidden),
    githubKeys: taken,
  };
}

/**
 * The pure part: `flat` is `pi-fleet:KEY` → text as the engine passes it (maps and lists as JSON). `only` is what the
 * environment says in place of config's `only`, such as `tag:bench,lab-b`.
 */
export function parseFleetConfig(
  flat: Record<string, string>,
  encrypted: readonly string[] = [],
  only = "",
): { fleet: FleetConfig; holders: KeyOrUser[]; secrets: Record<string, string> } {
  const faults: string[] = [];
  const raw: Record<string, unknown> = {};
  const known = [...Object.keys(fleetConfig.shape), ...secretKeys];

  for (const [fullKey, text] of Object.entries(flat)) {
    const [space, key] = split(fullKey);
    if (space !== namespace) continue;
    const isSecret = (secretKeys as readonly string[]).includes(key);
    if (isSecret && !encrypted.includes(fullKey)) {
      const command =
        key === "secrets" ? setSecret("NAME") : `pulumi config set --secret ${namespace}:${key}`;
      faults.push(`${key}: is in clear. Set it with: ${command}`);
    } else if (!isSecret && encrypted.includes(fullKey)) {
      faults.push(
        `${key}: is encrypted as a whole, and the plan would hide it. Only ${secretKeys.join(", ")} may be secret.`,
      );
    } else if (!isSecret && !known.includes(key)) {
      faults.push(`${key}: unknown option${nearest(key, known) || "."} Allowed here: ${known.join(", ")}.`);
    } else if (!isSecret) {
      raw[key] = fromText(text);
    }
  }

  if (only) raw["only"] = parseOnly(only);
  const parsed = fleetConfig.safeParse(raw);
  if (!parsed.success) {
    const lines = faultLines(parsed.error, raw, fleetConfig);
    lines.push(...crossFaults(rightParts(raw)).map(({ path, message }) => faultLine(path, message, raw)));
    const origin = only ? " It is from PI_FLEET_ONLY." : "";
    faults.push(...lines.map((line) => (line.startsWith("only.") ? `${line}${origin}` : line)));
  }
  if (parsed.success && !(`${namespace}:githubToken` in flat)) {
    const runs = Object.entries(parsed.data.hosts).filter(([name, host]) => runnersOf(name, host).length > 0);
    if (runs.length > 0) {
      faults.push(
        `githubToken: is missing, and ${runs.map(([name]) => name).join(", ")} should be a runner. ` +
          `Set it with: pulumi config set --secret ${namespace}:githubToken`,
      );
    }
  }
  const secrets = readSecrets(flat[`${namespace}:secrets`], faults);
  if (secrets) {
    const found = secretFaults(parsed.success ? parsed.data.hosts : rightParts(raw).hosts, secrets);
    faults.push(...found.map(({ path, message }) => faultLine(path, message, undefined)));
  }
  if (parsed.success) {
    const found = ageFaults(parsed.data.hosts, parsed.data.nix.flake);
    faults.push(...found.map(({ path, message }) => faultLine(path, message, raw)));
  }
  const holders = parsed.success ? readHolders(parsed.data, faults) : [];
  if (!parsed.success) throw new UserError(refusal(faults));
  refuse(faults);
  return { fleet: parsed.data, holders, secrets: secrets ?? {} };
}

function refuse(faults: readonly string[]): void {
  if (faults.length > 0) throw new UserError(refusal(faults));
}

function refusal(faults: readonly string[]): string {
  const lines = [...new Set(faults)];
  return (
    `The stack's config has ${lines.length === 1 ? "a fault" : `${lines.length} faults`}; nothing was touched.\n` +
    lines.map((line) => `  ${namespace}:${line}`).join("\n")
  );
}

/** The secrets by name, never repeated in a fault; `undefined` when they are not what they should be. */
function readSecrets(text: string | undefined, faults: string[]): Record<string, string> | undefined {
  const parsed = z
    .record(z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$/), z.string())
    .safeParse(text === undefined ? {} : fromText(text));
  if (parsed.success) return parsed.data;
  for (const { path } of parsed.error.issues) {
    const wanted =
      path.length > 0 ? "is one text, its name of letters, digits, _ and -" : "is a map of texts by name";
    faults.push(`${show(["secrets", ...path])}: ${wanted}. Set each with: ${setSecret("NAME")}`);
  }
  return undefined;
}

function split(fullKey: string): [string, string] {
  const colon = fullKey.indexOf(":");
  return [fullKey.slice(0, colon), fullKey.slice(colon + 1)];
}

/** Top-level values are maps, which arrive as JSON; what is no JSON is a plain word and fails by its type. */
function fromText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function readHolders(fleet: FleetConfig, faults: string[]): KeyOrUser[] {
  return fleet.keys.holders.flatMap((holder, index): KeyOrUser[] => {
    if (typeof holder === "string") return [holder.trim()];
    if ("github" in holder) return [holder];
    const file = resolve(holder.file.replace(/^~(?=\/|$)/, homedir()));
    try {
      const lines = readFileSync(file, "utf8")
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line && !line.startsWith("#"));
      const wrong =
        lines.map(publicKeyFault).find(Boolean) ?? (lines.length === 0 ? "the file is empty" : undefined);
      if (wrong) faults.push(`keys.holders[${index}].file: ${wrong}. Found in ${holder.file}.`);
      return lines;
    } catch (error) {
      const reason =
        (error as NodeJS.ErrnoException).code === "ENOENT"
          ? "there is no such file"
          : (error as Error).message;
      faults.push(
        `keys.holders[${index}].file: ${reason}: ${holder.file}. Make a key with ssh-keygen -t ed25519.`,
      );
      return [];
    }
  });
}
