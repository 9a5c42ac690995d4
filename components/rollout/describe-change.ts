import { existsSync } from "node:fs";
import { closureInCaches, configuredCaches } from "../nix/caches.js";
import { thisMachine } from "../nix/build-host-target.js";
import type { Closure } from "../nix/closure.js";
import { closureOn, type ComparedSystems } from "../nix/closure-on.js";
import { keepClosure } from "../nix/kept-closure.js";
import { askDiskSpace } from "../on-pi/disk-space.js";
import type { NamedBuildHost } from "../protocol/build-host.js";
import { Slots } from "../shared/slots.js";
import { SshSession } from "../ssh/session.js";
import { SshError } from "../ssh/ssh-error.js";
import type { Target } from "../ssh/target.js";
import { changeText, type Space } from "./change-text.js";
import type { Change } from "./work.js";

/** A Pi that is to get another system, and who can tell more of it. */
export interface ChangeArgs {
  readonly target: Target;
  readonly deployKey: string;
  readonly connectSeconds: number;
  /** What the Pi runs, and its free bytes where it said them. */
  readonly old: string;
  readonly free: number | undefined;
  readonly toplevel: string;
  /** Where it was built; absent before that. */
  readonly builtOn?: NamedBuildHost;
  /** Binary caches besides those that this machine's Nix knows. */
  readonly caches: readonly string[];
}

/** A build host's sshd accepts only some logins at once. */
const slots = new Slots(8);

/** Finds out what changes on a Pi, as far as it is known now. It builds, downloads and writes nothing. */
export function describeChange(args: ChangeArgs): Promise<Change> {
  return slots.with(async () => {
    const closure = await knownClosure(args);
    const space = closure && (await spaceFor(args, closure));
    return changeText(args, closure, space, args.builtOn?.name);
  });
}

async function knownClosure({ old, toplevel, builtOn, caches }: ChangeArgs): Promise<Closure | undefined> {
  if (builtOn) return builtClosure(builtOn, { toplevel, old });
  if (existsSync(toplevel)) return closureOn(thisMachine, { toplevel, old });
  const all = [...new Set([...(await configuredCaches()), ...caches])];
  return closureInCaches({ toplevel, old }, all);
}

/** The activation needs it too, and is another process. */
async function builtClosure(builtOn: NamedBuildHost, systems: ComparedSystems): Promise<Closure | undefined> {
  const closure = await closureOn(builtOn, systems);
  if (closure) await keepClosure(systems.toplevel, closure);
  return closure;
}

/**
 * What the Pi lacks. When the two closures can be compared, that is at most what the new one adds, and the Pi need not be
 * asked once more; before the copy it is.
 */
async function spaceFor(
  { target, deployKey, connectSeconds, free }: ChangeArgs,
  closure: Closure,
): Promise<Space | undefined> {
  if (closure.added && free !== undefined) return { free, missing: closure.added, isBound: true };
  try {
    return await SshSession.with({ target, privateKey: deployKey, connectSeconds }, async (session) => {
      const run = { timeoutSeconds: connectSeconds + 60, shared: false };
      return await askDiskSpace(session, target, closure, run);
    });
  } catch (error) {
    if (error instanceof SshError) return undefined;
    throw error;
  }
}
