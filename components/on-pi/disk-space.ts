import type { Closure } from "../nix/closure.js";
import { fullDisk, saysFull, type Room, type Rooms } from "../nix/disk-full.js";
import { KeyValues } from "../shared/key-values.js";
import { SshError } from "../ssh/ssh-error.js";
import type { Target } from "../ssh/target.js";
import type { SshSession } from "../ssh/session.js";
import { remote } from "../ssh/remote.js";
import { onPiScript } from "./scripts.js";

/** What a Pi says of its room. */
export interface DiskSpace extends Rooms {
  /** Free where the Nix store is. In bytes. */
  readonly free: number;
  /** The store paths that it does not have. */
  readonly missing: readonly string[];
}

interface Run {
  readonly timeoutSeconds: number;
  readonly shared: boolean;
}

/** Reads what disk-space.sh prints. */
export function parseDiskSpace(text: string): DiskSpace {
  const said = new KeyValues(text);
  const rooms = said.all("room").flatMap(parseRoom);
  return {
    free: rooms.find(({ path }) => path === "/nix/store")?.free ?? 0,
    rooms,
    kernels: said.all("kernels"),
    missing: said.all("missing"),
  };
}

/** `PATH MOUNT KIB [INODES]` */
function parseRoom(text: string): Room[] {
  const [, path, mount, free, inodes] = /^(\/\S*) (\/\S*) (\d+) ?(\d*)$/.exec(text) ?? [];
  if (!path || !mount) return [];
  return [{ path, mount, free: Number(free) * 1024, inodes: inodes ? Number(inodes) : undefined }];
}

/**
 * @returns `undefined` when the Pi's Nix can't tell
 * @throws SshError
 */
export async function askDiskSpace(
  session: SshSession,
  target: Target,
  closure: Pick<Closure, "sizes">,
  run: Run,
): Promise<DiskSpace | undefined> {
  const command = ["sh", "-c", onPiScript("disk-space.sh")];
  const input = [...closure.sizes.keys()].join("\n");
  const { exitCode, stdout } = await remote(session, target, command, { ...run, input });
  return exitCode === 0 ? parseDiskSpace(stdout) : undefined;
}

/** What to do when a failure's output is about a full disk, as the Pi shows it now; else the empty string. */
export async function fullDiskAdvice(
  session: SshSession,
  target: Target,
  words: string,
  run: Run,
): Promise<string> {
  if (!saysFull(words)) return "";
  const space = await askDiskSpace(session, target, { sizes: new Map() }, run).catch((error: unknown) => {
    if (error instanceof SshError) return undefined;
    throw error;
  });
  return fullDisk(target.name, space?.rooms ?? []);
}
