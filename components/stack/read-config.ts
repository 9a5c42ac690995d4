import * as pulumi from "@pulumi/pulumi";
import type { FleetConfig } from "../config/fleet-config.js";
import { resolveGitHubUsers } from "./github-users.js";
import { lastGitHubKeys } from "./last-run.js";
import { parseFleetConfig, refused, namespace } from "./parse-config.js";

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
  const { PI_FLEET_ONLY: only, PI_FLEET_IMAGES: images } = process.env;
  const { secrets, hostsFile, ...parsed } = parseFleetConfig(flat, encrypted, only, images);
  const { fleet, holders, taken, warnings, faults } = await resolveGitHubUsers(
    parsed.fleet,
    parsed.holders,
    lastGitHubKeys,
  );
  if (faults.length > 0) throw refused(faults, hostsFile);
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
