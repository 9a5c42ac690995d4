import { closureOn, type Closure } from "./closure.js";
import { KeyValues } from "./key-values.js";
import { PhaseError, type NamedBuildHost } from "./outcome.js";
import { onPiScript } from "./package-root.js";
import { progress } from "./progress.js";
import { sizeText } from "./size.js";
import { remote, SshError, type SshSession, type Target } from "./ssh.js";

/** What a Pi says of its room for a system. Sizes in bytes. */
export interface Room {
  /** Free where the Nix store is. */
  readonly free: number;
  /** Free where /boot is, when that is another file system. */
  readonly freeBoot: number | undefined;
  /** The store paths that it does not have. */
  readonly missing: readonly string[];
}

/** What is to be written to a card. */
export interface Need {
  readonly store: number;
  readonly boot: number;
}

/** Files fill whole blocks, and the running system writes too. */
const margin = (bytes: number) => bytes / 10 + 32 * 1024 ** 2;

/** @throws SshError; `undefined` when the Pi's Nix can't tell. */
export async function askRoom(
  session: SshSession,
  target: Target,
  closure: Closure,
  run: { timeoutSeconds: number; shared: boolean },
): Promise<Room | undefined> {
  const command = ["sh", "-c", onPiScript("room.sh")];
  const input = [...closure.sizes.keys()].join("\n");
  const { exitCode, stdout } = await remote(session, target, command, { ...run, input });
  return exitCode === 0 ? parseRoom(stdout) : undefined;
}

/** Reads what room.sh prints. */
export function parseRoom(text: string): Room {
  const said = new KeyValues(text);
  return {
    free: Number(said.all("nix")[0]) * 1024,
    freeBoot: said.has("boot") ? Number(said.one("boot")) * 1024 : undefined,
    missing: said.all("missing"),
  };
}

/** What a Pi with this room still needs of a closure. */
export function needOf(closure: Closure, { missing }: Room): Need {
  const sum = (paths: readonly string[]) =>
    paths.reduce((total, path) => total + (closure.sizes.get(path) ?? 0), 0);
  return { store: sum(missing), boot: sum(missing.filter((path) => closure.boots.includes(path))) };
}

/** Why a closure does not fit, with what to do; `undefined` when it does. */
export function roomFault(name: string, need: Need, { free, freeBoot }: Room): string | undefined {
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
export async function checkRoom(
  session: SshSession,
  target: Target,
  toplevel: string,
  buildHost: NamedBuildHost,
  timeoutSeconds: number,
): Promise<void> {
  const closure = await closureOn(buildHost, toplevel, "");
  const room = closure && (await ask(session, target, closure, timeoutSeconds));
  if (!room) {
    progress(`${target.name}: its room for the new system could not be looked at`);
    return;
  }
  const need = needOf(closure, room);
  const fault = roomFault(target.name, need, room);
  if (fault) throw new PhaseError("copy", fault);
  progress(`${target.name}: ${sizeText(need.store)} to copy, ${sizeText(room.free)} free`);
}

function ask(session: SshSession, target: Target, closure: Closure, connectSeconds: number) {
  const run = { timeoutSeconds: connectSeconds + 60, shared: true };
  return askRoom(session, target, closure, run).catch((error: unknown) => {
    throw error instanceof SshError ? new PhaseError("copy", error.message) : error;
  });
}
