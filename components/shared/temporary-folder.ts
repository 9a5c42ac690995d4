import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onExit } from "signal-exit";
import { UserError } from "./user-error.js";

const open = new Set<string>();
let removesAtExit = false;

/**
 * The longest path of a socket: sun_path has 104 bytes on macOS and 108 on Linux (unix(4), unix(7)), with a zero at the
 * end. ssh makes a shared connection's socket under its name with 17 characters more (mux.c, muxserver_listen).
 */
const longestSocket = 103;
const longestSocketName = "/00.ctl".length + 17;

/** In any other path ssh, Nix or a shell would need quotes, `%` twice, or would expand something. */
const plainPath = /^[A-Za-z0-9/._+-]+$/;

/**
 * Makes a folder that only this user can read, for as long as `use` runs. It goes also when this process is ended, by ctrl-C
 * for instance. Its path is plain and short enough for a socket in it, whatever TMPDIR is: that of a nix shell is long, and
 * another may have a space.
 * @param prefix how its name begins
 */
export async function withTemporaryFolder<T>(prefix: string, use: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(parentOf(prefix), prefix));
  removeAtExit(dir);
  try {
    return await use(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
    open.delete(dir);
  }
}

function parentOf(prefix: string): string {
  const fits = (parent: string) =>
    plainPath.test(parent) &&
    Buffer.byteLength(join(parent, `${prefix}XXXXXX`)) + longestSocketName <= longestSocket;
  const parent = [tmpdir(), "/tmp"].find(fits);
  if (!parent) throw new UserError(`The prefix ${prefix} is too long for a folder with a socket.`);
  return parent;
}

function removeAtExit(dir: string): void {
  open.add(dir);
  if (removesAtExit) return;
  removesAtExit = true;
  onExit(() => {
    for (const left of open) rmSync(left, { recursive: true, force: true });
  });
}
