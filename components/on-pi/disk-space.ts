import type { Closure } from "../nix/closure.js";
import { KeyValues } from "../shared/key-values.js";
import type { Target } from "../ssh/target.js";
import type { SshSession } from "../ssh/session.js";
import { remote } from "../ssh/remote.js";
import { onPiScript } from "./scripts.js";

/** What a Pi says of its disk space. Sizes in bytes. */
export interface DiskSpace {
  /** Free where the Nix store is. */
  readonly free: number;
  /** Free where /boot is, when that is another file system. */
  readonly freeBoot: number | undefined;
  /** The store paths that it does not have. */
  readonly missing: readonly string[];
}

/** Reads what disk-space.sh prints. */
export function parseDiskSpace(text: string): DiskSpace {
  const said = new KeyValues(text);
  return {
    free: Number(said.all("nix")[0]) * 1024,
    freeBoot: said.has("boot") ? Number(said.one("boot")) * 1024 : undefined,
    missing: said.all("missing"),
  };
}

/**
 * @returns `undefined` when the Pi's Nix can't tell
 * @throws SshError
 */
export async function askDiskSpace(
  session: SshSession,
  target: Target,
  closure: Closure,
  run: { timeoutSeconds: number; shared: boolean },
): Promise<DiskSpace | undefined> {
  const command = ["sh", "-c", onPiScript("disk-space.sh")];
  const input = [...closure.sizes.keys()].join("\n");
  const { exitCode, stdout } = await remote(session, target, command, { ...run, input });
  return exitCode === 0 ? parseDiskSpace(stdout) : undefined;
}
