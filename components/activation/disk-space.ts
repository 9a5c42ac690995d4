import { closureOn } from "../nix/closure-on.js";
import { type Closure } from "../nix/closure.js";
import { diskSpaceFault, type NeededSpace } from "../nix/disk-full.js";
import { closureKept } from "../nix/kept-closure.js";
import { type NamedBuildHost } from "../protocol/build-host.js";
import { PhaseError } from "../protocol/phase-error.js";
import { progress } from "../shared/progress.js";
import { sizeText } from "../shared/size-text.js";
import { type SshSession } from "../ssh/session.js";
import { SshError } from "../ssh/ssh-error.js";
import { type Target } from "../ssh/target.js";
import { askDiskSpace, type DiskSpace } from "../on-pi/disk-space.js";

/** What a Pi still needs of a closure. */
export function neededSpace(closure: Closure, { missing }: Pick<DiskSpace, "missing">): NeededSpace {
  const sum = (paths: readonly string[]) =>
    paths.reduce((total, path) => total + (closure.sizes.get(path) ?? 0), 0);
  const boot = sum(missing.filter((path) => closure.boots.includes(path)));
  return { store: sum(missing), boot, paths: missing.length };
}

/**
 * Checks before a copy that the Pi has room for what it lacks. The disk may still fill up later; then the copy or the
 * activation fails with a message of its own.
 * @throws PhaseError when it has no room
 */
export async function checkDiskSpace(
  session: SshSession,
  target: Target,
  toplevel: string,
  buildHost: NamedBuildHost,
  timeoutSeconds: number,
): Promise<void> {
  const closure = (await closureKept(toplevel)) ?? (await closureOn(buildHost, { toplevel, old: "" }));
  const space = closure && (await ask(session, target, closure, timeoutSeconds));
  if (!space) {
    progress(`${target.name}: its free disk space could not be read`);
    return;
  }
  const need = neededSpace(closure, space);
  const fault = diskSpaceFault(target.name, need, space);
  if (fault) throw new PhaseError("copy", fault);
  progress(`${target.name}: ${sizeText(need.store)} to copy, ${sizeText(space.free)} free`);
}

function ask(session: SshSession, target: Target, closure: Closure, connectSeconds: number) {
  const run = { timeoutSeconds: connectSeconds + 60, shared: true };
  return askDiskSpace(session, target, closure, run).catch((error: unknown) => {
    throw error instanceof SshError ? new PhaseError("copy", error.message, { cause: error }) : error;
  });
}
