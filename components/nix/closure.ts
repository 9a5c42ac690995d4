import { stripVTControlCharacters } from "node:util";
import { execa } from "execa";
import { buildHostTarget } from "./build-host-target.js";
import { KeyValues } from "../shared/key-values.js";
import type { NamedBuildHost } from "../protocol/build-host.js";
import { onBuildHostScript } from "./scripts.js";
import { SshSession } from "../ssh/session.js";
import { remote } from "../ssh/remote.js";
import { SshError } from "../ssh/ssh-error.js";

/** A system as a store knows it. */
export interface Closure {
  /** Its store paths with their sizes in bytes, unpacked. */
  readonly sizes: ReadonlyMap<string, number>;
  /** Those of them that a boot loader copies to /boot. */
  readonly boots: readonly string[];
  /** How large each is to download, when all of them are in caches. */
  readonly downloads?: ReadonlyMap<string, number>;
  /**
   * What differs from another system, as `nix store diff-closures` (nix3-store-diff-closures) says it:
   * `linux: 6.12.66 → 6.12.70, +12.3 KiB`, one a line. `undefined` when the store does not have the other one.
   */
  readonly packages: readonly string[] | undefined;
}

export const local: NamedBuildHost = { name: "local", config: { kind: "local" } };

/** The closure of a toplevel in the store of a build host, or `undefined` when that can't tell. */
export async function closureOn(
  buildHost: NamedBuildHost,
  toplevel: string,
  old: string,
): Promise<Closure | undefined> {
  const script = onBuildHostScript("closure.sh");
  const target = buildHostTarget(buildHost);
  if (!target) {
    const { exitCode, stdout } = await execa("sh", ["-c", script, "sh", toplevel, old], {
      reject: false,
      stdin: "ignore",
    });
    return exitCode === 0 ? parseClosure(stdout) : undefined;
  }
  try {
    return await SshSession.with(undefined, 15, async (session) => {
      await session.trust(target);
      const command = ["sh", "-s", "--", toplevel, old];
      const run = { input: script, timeoutSeconds: 120 };
      const { exitCode, stdout } = await remote(session, target, command, run);
      return exitCode === 0 ? parseClosure(stdout) : undefined;
    });
  } catch (error) {
    if (error instanceof SshError) return undefined;
    throw error;
  }
}

/** Reads what closure.sh prints. */
export function parseClosure(text: string): Closure {
  const said = new KeyValues(text);
  const sizes = said.all("size").flatMap((line) => {
    const [, path, size] = /^(\S+)\s+(\d+)$/.exec(line) ?? [];
    return path ? [[path, Number(size)] as const] : [];
  });
  return {
    sizes: new Map(sizes),
    boots: said.all("boots").map(storePath),
    packages: said.has("compared") ? said.all("change").map(stripVTControlCharacters) : undefined,
  };
}

/** `/nix/store/HASH-linux/Image` → `/nix/store/HASH-linux` */
function storePath(file: string): string {
  return file.split("/").slice(0, 4).join("/");
}
