import { labDir } from "./paths.js";

/** The base image, and the directories that come first in the lab's PATH. */
export interface Tools {
  readonly base: string;
  readonly path: readonly string[];
}

// A person's own sessions, tokens and settings have no place in a lab.
const DROPPED = /^(PULUMI_|NIX_|SSH_AUTH_SOCK$|SSH_AGENT_PID$|GITHUB_TOKEN$|GH_TOKEN$|NODE_OPTIONS$)/;

/** The environment of whatever runs on the laptop. */
export function laptopEnvironment(tools: Tools): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !DROPPED.test(entry[0]),
  );
  return {
    ...Object.fromEntries(kept),
    PATH: [labDir("bin"), ...tools.path, `${tools.base}/nix/bin`, process.env.PATH ?? ""].join(":"),
    PI_FLEET_LAB_DIR: labDir(),
    PULUMI_HOME: labDir("pulumi/home"),
    PULUMI_BACKEND_URL: `file://${labDir("pulumi/state")}`,
    PULUMI_CONFIG_PASSPHRASE: "lab",
    PULUMI_SKIP_UPDATE_CHECK: "1",
    // With sudo the checkout is another user's, whose git tree Nix reads only where git's config says so.
    XDG_CONFIG_HOME: labDir("config"),
    NIX_CONF_DIR: labDir("nix-conf"),
    NIX_CACHE_HOME: labDir("nix-home/cache"),
    NIX_CONFIG_HOME: labDir("nix-home/config"),
    NIX_DATA_HOME: labDir("nix-home/data"),
    NIX_STATE_HOME: labDir("nix-home/state"),
  };
}
