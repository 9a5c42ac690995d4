import { z } from "zod";
import { fleetConfig, secretKeys, type FleetConfig } from "../config/fleet-config.js";
import { crossFaults } from "../config/cross-faults.js";
import { validParts } from "../config/valid-parts.js";
import { faultLine, faultLines } from "../config/fault-lines.js";
import { showPath } from "../config/fault-path.js";
import { nestingFault } from "../config/nesting.js";
import { didYouMean } from "../shared/did-you-mean.js";
import { UserError } from "../shared/user-error.js";
import { type KeyOrUser } from "./github-users.js";
import { parseOnly } from "../config/only.js";
import { missingTokenFault } from "../runners/missing-token.js";
import { ageFaults } from "../secrets/age-faults.js";
import { secretFaults } from "../secrets/secret-faults.js";
import { setSecretCommand } from "../secrets/set-secret-command.js";
import { readHolders } from "./holder-keys.js";
import { takeHostsFile } from "./hosts-file.js";

export const namespace = "pi-fleet";

export interface ParsedConfig {
  readonly fleet: FleetConfig;
  readonly holders: KeyOrUser[];
  readonly secrets: Record<string, string>;
  /** The file with the hosts, as config names it. */
  readonly hostsFile: string | undefined;
}

/**
 * Parses and validates the config, without asking GitHub. `flat` is `pi-fleet:KEY` → text as the engine passes it (maps
 * and lists as JSON). `only` is what the environment says in place of config's `only`, such as `tag:bench,lab-b`. `images`
 * are the Pis whose images are asked for in place of those in config, such as `lab-a,lab-b`: the verbs by hand say it.
 * @throws UserError with every fault, each with its path
 */
export function parseFleetConfig(
  flat: Record<string, string>,
  encrypted: readonly string[] = [],
  only = "",
  images = "",
): ParsedConfig {
  const faults: string[] = [];
  const raw = readRaw(flat, encrypted, faults);
  const hostsFile = takeHostsFile(raw, faults);
  for (const key of Object.keys(raw)) {
    const fault = nestingFault(raw[key]);
    if (fault) throw refused([...faults, `${key}: ${fault}.`], hostsFile);
  }
  if (only) raw["only"] = parseOnly(only);
  if (images) raw["images"] = { ...(raw["images"] ?? {}), build: images.split(",") };
  const parsed = fleetConfig.safeParse(raw);
  if (!parsed.success) {
    const lines = faultLines(parsed.error, raw, fleetConfig);
    lines.push(...crossFaults(validParts(raw)).map(({ path, message }) => faultLine(path, message, raw)));
    const origin = only ? " It is from PI_FLEET_ONLY." : "";
    // Of hosts that could not be read it was said why.
    const told = lines.filter((line) => !(line.startsWith("hosts: is missing") && faults.length > 0));
    faults.push(...told.map((line) => (line.startsWith("only.") ? `${line}${origin}` : line)));
  }
  const noToken =
    parsed.success && !(`${namespace}:githubToken` in flat) && missingTokenFault(parsed.data.hosts);
  if (noToken) faults.push(noToken);
  const secrets = readSecrets(flat[`${namespace}:secrets`], faults);
  if (secrets) {
    const found = secretFaults(parsed.success ? parsed.data.hosts : validParts(raw).hosts, secrets);
    faults.push(...found.map(({ path, message }) => faultLine(path, message, undefined)));
  }
  if (parsed.success) {
    const found = ageFaults(parsed.data.hosts, parsed.data.nix.flake);
    faults.push(...found.map(({ path, message }) => faultLine(path, message, raw)));
  }
  const holders = parsed.success ? readHolders(parsed.data, faults) : [];
  if (!parsed.success || faults.length > 0) throw refused(faults, hostsFile);
  return { fleet: parsed.data, holders, secrets: secrets ?? {}, hostsFile };
}

/** The values by key, without the secrets. */
function readRaw(
  flat: Record<string, string>,
  encrypted: readonly string[],
  faults: string[],
): Record<string, unknown> {
  const raw: Record<string, unknown> = {};
  const known = [...Object.keys(fleetConfig.shape), "hostsFile", ...secretKeys];
  for (const [fullKey, text] of Object.entries(flat)) {
    const [space, key] = split(fullKey);
    if (space !== namespace) continue;
    const isSecret = (secretKeys as readonly string[]).includes(key);
    if (isSecret && !encrypted.includes(fullKey)) {
      const command =
        key === "secrets" ? setSecretCommand("NAME") : `pulumi config set --secret ${namespace}:${key}`;
      faults.push(`${key}: is in clear. Set it with: ${command}`);
    } else if (!isSecret && encrypted.includes(fullKey)) {
      faults.push(
        `${key}: is encrypted as a whole, and the plan would hide it. Only ${secretKeys.join(", ")} may be secret.`,
      );
    } else if (!isSecret && !known.includes(key)) {
      faults.push(
        `${key}: unknown option${didYouMean(key, known) || "."} Allowed here: ${known.join(", ")}.`,
      );
    } else if (!isSecret) {
      raw[key] = fromText(text);
    }
  }
  return raw;
}

/** The refusal of a config with these faults, a line each. @param hostsFile where its hosts are */
export function refused(faults: readonly string[], hostsFile: string | undefined): UserError {
  const lines = [...new Set(faults)].map((line) =>
    hostsFile && /^hosts[.:]/.test(line) ? `${line} It is in ${hostsFile}.` : line,
  );
  return new UserError(
    `The stack's config has ${lines.length === 1 ? "a fault" : `${lines.length} faults`}; nothing was touched.\n` +
      lines.map((line) => `  ${namespace}:${line}`).join("\n"),
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
    faults.push(`${showPath(["secrets", ...path])}: ${wanted}. Set each with: ${setSecretCommand("NAME")}`);
  }
  return undefined;
}

function split(fullKey: string): [string, string] {
  const colon = fullKey.indexOf(":");
  return [fullKey.slice(0, colon), fullKey.slice(colon + 1)];
}

/** Top-level values are maps, which arrive as JSON; text that is no JSON is kept as it is, and fails by its type. */
function fromText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
