import { sizeText } from "../shared/size-text.js";

// The messages about room on a Pi: before a copy, and after a failure because of it.

/** What is free at a path of a Pi. */
export interface Room {
  readonly path: string;
  /** The mount point of the path's file system. */
  readonly mount: string;
  /** In bytes. */
  readonly free: number;
  /** How many files may still be made; `undefined` where a file system has no fixed number. */
  readonly inodes: number | undefined;
}

/** What is to be written to a card. */
export interface NeededSpace {
  /** Bytes. */
  readonly store: number;
  /** The bytes of kernels and initrds, which the boot loader copies. */
  readonly boot: number;
  /** How many store paths are missing. */
  readonly paths: number;
}

/** Where a Pi has room. */
export interface Rooms {
  readonly rooms: readonly Room[];
  /** Where its boot loader keeps kernels. */
  readonly kernels: readonly string[];
}

const MiB = 1024 ** 2;

/** Files fill whole blocks, and the running system writes too. */
const margin = (bytes: number) => bytes / 10 + 32 * MiB;

/** What an activation reserves for its way back: `reserve` in on-pi/activate/common.sh. */
const reserved: Readonly<Record<string, number>> = { "/var/lib": 4 * MiB, "/run": MiB };

/** Fewer files than an activation makes, in /etc for one. */
const fewInodes = 100;

/** Why a closure does not fit, or can't be activated for want of room, with what to do; else `undefined`. */
export function diskSpaceFault(
  name: string,
  need: NeededSpace,
  { rooms, kernels }: Rooms,
): string | undefined {
  if (need.paths === 0) return undefined;
  const at = (path: string) => rooms.find((room) => room.path === path);
  const store = at("/nix/store");
  const ownBoot = kernels
    .map(at)
    .find((room) => room && room.mount !== store?.mount && need.boot > room.free);
  const onStore = need.store + (at("/boot")?.mount === store?.mount ? need.boot : 0);
  if (store && onStore > 0 && onStore + margin(onStore) > store.free)
    return (
      `${name}'s disk is full: the new system needs ${sizeText(onStore)} and a margin of ${sizeText(margin(onStore))} ` +
      `there, and ${sizeText(store.free)} are free at /nix. Nothing was copied. Make room on it (sudo nix-collect-garbage ` +
      `--delete-older-than 14d, or -d: all generations but the running one) and run this again.`
    );
  if (ownBoot)
    return (
      `${name}'s ${ownBoot.path} is full: the new kernel and initrd need ${sizeText(need.boot)} there, and ` +
      `${sizeText(ownBoot.free)} are free. Nothing was copied. ${advice(ownBoot)} and run this again.`
    );
  const full = rooms.find(
    (room) =>
      isFull(room) || room.free < (reserved[room.path] ?? 0) || (room === store && tooFew(room, need)),
  );
  return full && `${name}'s ${fullText(full)}. Nothing was copied. ${advice(full)} and run this again.`;
}

/** What to do after a failure whose output is about a full disk. */
export function fullDisk(name: string, rooms: readonly Room[]): string {
  const full = rooms.filter(
    (room, index) => isFull(room) && rooms.findIndex(({ mount }) => mount === room.mount) === index,
  );
  if (full.length > 0)
    return full.map((room) => `${name}'s ${fullText(room)}. ${advice(room)} and run this again.\n`).join("");
  const seen = rooms.map(({ path, free }) => `${path} ${sizeText(free)}`).join(", ");
  return seen
    ? `A disk is full. If it is ${name}'s, that has room again now (${seen}); else it is this machine's or the build host's.\n`
    : `A disk is full: ${name}'s, this machine's or the build host's.\n`;
}

export function saysFull(words: string): boolean {
  return /No space left on device|disk full|Disk quota exceeded/i.test(words);
}

function isFull({ free, inodes }: Room): boolean {
  return free < MiB || (inodes !== undefined && inodes < fewInodes);
}

function tooFew({ inodes }: Room, { paths }: NeededSpace): boolean {
  return inodes !== undefined && inodes < paths + fewInodes;
}

function fullText({ path, mount, free, inodes }: Room): string {
  const where = path === "/nix/store" ? "disk" : path;
  if (inodes !== undefined && free >= MiB && inodes < free / 1024)
    return `${where} has no inodes left for new files (${inodes} at ${mount}), whatever its free bytes are`;
  return `${where} is full: ${sizeText(free)} are free at ${mount}`;
}

function advice({ path }: Room): string {
  if (path.startsWith("/boot"))
    return (
      "Delete old generations on it (sudo nix-collect-garbage -d, then sudo /run/current-system/bin/switch-to-configuration " +
      "boot)"
    );
  if (path === "/run" || path === "/tmp")
    return `See what fills it (sudo du -xh ${path} | sort -h | tail), or restart the Pi, which empties it,`;
  return "Make room there (sudo nix-collect-garbage -d)";
}
