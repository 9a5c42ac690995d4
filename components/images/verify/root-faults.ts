import { boards, type Board } from "../../config/boards.js";
import { sizeText } from "../../shared/size-text.js";
import type { CardFiles } from "./card-files.js";
import type { Ext4Superblock } from "./ext4-superblock.js";
import type { Finding } from "./finding.js";
import { readRegistration } from "./registration.js";

const rebuild = "build the image again";
const store = "/nix/store/";

/** Whether a Pi has booted from it: its first boot puts the closure into Nix's database. */
export async function wasBooted(root: CardFiles): Promise<boolean> {
  return ((await root.size("/nix/var/nix/db/db.sqlite")) ?? 0) > 0;
}

/**
 * NixOS' activation makes some hundreds of files before the first boot enlarges the filesystem; without inodes it hangs
 * there. NixOS/nixpkgs#435489.
 */
const inodesOfAnActivation = 500;

/** What a superblock says against its filesystem. */
export function superblockFaults(
  superblock: Ext4Superblock | undefined,
  partitionBytes: number,
  booted: boolean,
): Finding[] {
  if (!superblock)
    return [{ says: "its Linux partition has no ext4 filesystem", todo: `${rebuild} and flash it again` }];
  const { bytes, hasErrors, clean, needsRecovery, freeInodes } = superblock;
  const faults: Finding[] = [];
  if (bytes > partitionBytes)
    faults.push({
      says: `its ext4 filesystem has ${sizeText(bytes)}, and its partition ${sizeText(partitionBytes)}`,
      todo: `${rebuild}: it was cut short or its partition table is of another image`,
    });
  if (hasErrors)
    faults.push({
      says: "the kernel found errors in its ext4 filesystem",
      todo: "repair it with fsck.ext4 -f on its partition, or flash the card again; a card that is worn out does that too",
    });
  else if (!booted && !(clean && !needsRecovery))
    faults.push({ says: "its ext4 filesystem was not closed when the image was made", todo: rebuild });
  if (!booted && freeInodes < inodesOfAnActivation)
    faults.push({
      says: `its ext4 filesystem has room for ${freeInodes} more files, and the first boot makes more before it can grow`,
      todo: "build it with more room, such as sdImage.preBuildCommands that resizes the root filesystem",
    });
  return faults;
}

/** Whether the toplevel and its closure are there, and known to Nix after the first boot. */
export async function closureFaults(
  root: CardFiles,
  toplevel: string | undefined,
  booted: boolean,
): Promise<Finding[]> {
  const present = new Set(await root.list("/nix/store"));
  const isThere = (path: string) => present.has(path.slice(store.length).split("/")[0]!);
  const faults: Finding[] = [];
  if (toplevel && !isThere(toplevel))
    faults.push({ says: `the toplevel that boots, ${toplevel}, is not in its store`, todo: rebuild });
  const text = await root.read("/nix-path-registration");
  if (!text || text.length === 0) {
    if (!booted)
      faults.push({
        says: "its closure is not registered: it has neither /nix-path-registration nor a database of Nix",
        todo: `${rebuild} with nixpkgs' sd-image module; without that Nix takes each path of the store for garbage`,
      });
    return faults;
  }
  const { paths, references, cutShort } = readRegistration(text.toString());
  const unregistered = [...references, ...(toplevel ? [toplevel] : [])].filter((path) => !paths.has(path));
  const absent = [...paths].filter((path) => !isThere(path));
  if (cutShort) faults.push({ says: "its /nix-path-registration was cut short", todo: rebuild });
  if (unregistered.length > 0)
    faults.push({ says: `its /nix-path-registration lacks ${some(unregistered)}`, todo: rebuild });
  if (absent.length > 0) faults.push({ says: `its store lacks ${some(absent)}`, todo: rebuild });
  return faults;
}

/** What the toplevel says of itself. */
export interface System {
  readonly host: string | undefined;
  /** The platform, such as `aarch64-linux`. */
  readonly platform: string | undefined;
  readonly version: string | undefined;
}

export async function readSystem(root: CardFiles, toplevel: string): Promise<System> {
  const line = async (path: string) =>
    (await root.read(`${toplevel}${path}`))?.toString().trim() || undefined;
  return {
    host: await line("/etc/hostname"),
    platform: await line("/system"),
    version: await line("/nixos-version"),
  };
}

/** A system for another platform than the board's starts nowhere. */
export function platformFaults({ platform }: System, board: Board | undefined): Finding[] {
  if (!board || !platform || boards[board].system === platform) return [];
  return [
    {
      says: `its system is for ${platform}, and a ${boards[board].title} is ${boards[board].system}`,
      todo: `build it for the board ${board}`,
    },
  ];
}

/** Whether / is found: its fstab names the filesystem by a label or a UUID that this one has to have. */
export async function rootNameFaults(
  root: CardFiles,
  toplevel: string,
  { label, uuid }: Ext4Superblock,
): Promise<Finding[]> {
  const fstab = (await root.read(`${toplevel}/etc/fstab`))?.toString() ?? "";
  const fields = fstab.split("\n").map((line) => line.trim().split(/\s+/));
  const device = fields.find(([name, mountpoint]) => !name?.startsWith("#") && mountpoint === "/")?.[0];
  const [, kind, wanted] = /^(?:\/dev\/disk\/by-)?(label|uuid)[/=](.+)$/i.exec(device ?? "") ?? [];
  if (!kind || !wanted) return [];
  const has = kind.toLowerCase() === "label" ? label : uuid;
  if (has.toLowerCase() === wanted.replaceAll("\\x20", " ").toLowerCase()) return [];
  return [
    {
      says: `its system mounts / from the ${kind.toLowerCase()} ${wanted}, and its ext4 filesystem has ${has || "none"}`,
      todo: `${rebuild} with sdImage.rootVolumeLabel as fileSystems."/" has it`,
    },
  ];
}

/** The first three, and how many more. */
function some(paths: readonly string[]): string {
  const shown = paths.slice(0, 3).join(", ");
  return paths.length > 3 ? `${shown} and ${paths.length - 3} more` : shown;
}
