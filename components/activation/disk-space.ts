import { closureOn } from "../nix/closure-on.js";
import { type Closure } from "../nix/closure.js";
import { type NamedBuildHost } from "../protocol/build-host.js";
import { PhaseError } from "../protocol/phase-error.js";
import { progress } from "../shared/progress.js";
import { sizeText } from "../shared/size-text.js";
import { type SshSession } from "../ssh/session.js";
import { SshError } from "../ssh/ssh-error.js";
import { type Target } from "../ssh/target.js";
import { askDiskSpace, type DiskSpace } from "../on-pi/disk-space.js";

/** What is to be written to a card. */
export interface NeededSpace {
  readonly store: number;
  readonly boot: number;
}

/** Files fill whole blocks, and the running system writes too. */
const margin = (bytes: number) => bytes / 10 + 32 * 1024 ** 2;

/** What a Pi with this room still needs of a closure. */
export function neededSpace(closure: Closure, { missing }: DiskSpace): NeededSpace {
  const sum = (paths: readonly string[]) =>
    paths.reduce((total, path) => total + (closure.sizes.get(path) ?? 0), 0);
  return { store: sum(missing), boot: sum(missing.filter((path) => closure.boots.includes(path))) };
}

/** Why a closure does not fit, with what to do; `undefined` when it does. */
export function diskSpaceFault(
  name: string,
  need: NeededSpace,
  { free, freeBoot }: DiskSpace,
): string | undefined {
  const onStore = need.store + (freeBoot === undefined ? need.boot : 0);
  if (onStore > 0 && onStore + margin(onStore) > free) {
    return (
      `${name}'s disk is full: the new system needs ${sizeText(onStore)} and a margin of ${sizeText(margin(onStore))} ` +
      `there, and ${sizeText(free)} are free at /nix. Nothing was copied. Make room on it (sudo nix-collect-garbage ` +
      `--delete-older-than 14d, or -d: all generations but the running one) and run this again.`
    );
  }
  if (freeBoot !== undefined && need.boot > freeBoot) {
    return (
      `${name}'s /boot is full: the new kernel and initrd need ${sizeText(need.boot)} there, and ${sizeText(freeBoot)} ` +
      `are free. Nothing was copied. Delete old generations on it (sudo nix-collect-garbage -d, then sudo ` +
      `/run/current-system/bin/switch-to-configuration boot) and run this again.`
    );
  }
  return undefined;
}

/**
 * Before a copy: whether the Pi has room for what it lacks. A full disk later, when somebody else fills it, is seen too.
 * @throws PhaseError when it has not
 */
export async function checkDiskSpace(
  session: SshSession,
  target: Target,
  toplevel: string,
  buildHost: NamedBuildHost,
  timeoutSeconds: number,
): Promise<void> {
  const closure = await closureOn(buildHost, { toplevel, old: "" });
  const room = closure && (await ask(session, target, closure, timeoutSeconds));
  if (!room) {
    progress(`${target.name}: its room for the new system could not be looked at`);
    return;
  }
  const need = neededSpace(closure, room);
  const fault = diskSpaceFault(target.name, need, room);
  if (fault) throw new PhaseError("copy", fault);
  progress(`${target.name}: ${sizeText(need.store)} to copy, ${sizeText(room.free)} free`);
}

function ask(session: SshSession, target: Target, closure: Closure, connectSeconds: number) {
  const run = { timeoutSeconds: connectSeconds + 60, shared: true };
  return askDiskSpace(session, target, closure, run).catch((error: unknown) => {
    throw error instanceof SshError ? new PhaseError("copy", error.message) : error;
  });
}
