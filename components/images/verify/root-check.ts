import type { FileHandle } from "node:fs/promises";
import type { Board } from "../../config/boards.js";
import type { Partition } from "../partition-table.js";
import type { CardFiles } from "./card-files.js";
import { withExt4Files } from "./ext4-files.js";
import { readExt4Superblock, superblockPlace, type Ext4Superblock } from "./ext4-superblock.js";
import type { Finding } from "./finding.js";
import { checkMenu } from "./menu-faults.js";
import { readAt } from "./read-at.js";
import {
  closureFaults,
  platformFaults,
  readSystem,
  rootNameFaults,
  superblockFaults,
  wasBooted,
  type System,
} from "./root-faults.js";

/** What the partition with the system has, and what is wrong with it. */
export interface RootCheck {
  readonly faults: readonly Finding[];
  readonly toplevel?: string | undefined;
  readonly system?: System | undefined;
  readonly booted: boolean;
  /** It was not unmounted. */
  readonly needsRecovery: boolean;
}

export interface Around {
  readonly board: Board | undefined;
  /** The files of the first partition, when it is FAT. */
  readonly fat: CardFiles | undefined;
  /** Whether the firmware starts U-Boot; else a kernel itself, and its command line is on the first partition. */
  readonly startsUBoot: boolean;
  readonly partitions: readonly Partition[];
}

/** Looks into the partition with the system. */
export async function checkRoot(handle: FileHandle, root: Partition, around: Around): Promise<RootCheck> {
  const block = await readAt(handle, root.start + superblockPlace.position, superblockPlace.bytes);
  const superblock = readExt4Superblock(block);
  if (!superblock)
    return { faults: superblockFaults(undefined, root.bytes, false), booted: false, needsRecovery: false };
  try {
    return await withExt4Files(handle, root, (files) => checkFiles(files, superblock, root, around));
  } catch (error) {
    const why = damageSeen(error);
    if (why === undefined) throw error;
    const damaged = {
      says: `its ext4 filesystem can't be read (${why}): it is damaged`,
      todo: "build or get the image again and flash it; a card that was booted may be repaired by fsck.ext4 -f",
    };
    const faults = [...superblockFaults(superblock, root.bytes, true), damaged];
    return { faults, booted: false, needsRecovery: superblock.needsRecovery };
  }
}

/** How libext2fs fails for what is no filesystem any more: with a number, or by reading outside of its memory. */
function damageSeen(error: unknown): string | undefined {
  if (error instanceof WebAssembly.RuntimeError) return error.message;
  const { code, message } = error as NodeJS.ErrnoException;
  return code === undefined ? undefined : message.split(" args:")[0];
}

async function checkFiles(
  files: CardFiles,
  superblock: Ext4Superblock,
  root: Partition,
  { board, fat, startsUBoot, partitions }: Around,
): Promise<RootCheck> {
  if (!(await files.list("/"))?.includes("nix")) {
    const says = "its ext4 filesystem has no /nix: it is damaged, or not of NixOS";
    const faults = [
      ...superblockFaults(superblock, root.bytes, true),
      { says, todo: "build or get the image again" },
    ];
    return { faults, booted: false, needsRecovery: superblock.needsRecovery };
  }
  const booted = await wasBooted(files);
  const menu = startsUBoot
    ? await checkMenu(
        searchedByUBoot(partitions).flatMap((each) => filesOf(each, root, files, partitions, fat)),
      )
    : { faults: [], toplevel: await ofCommandLine(fat) };
  const { toplevel } = menu;
  const system = toplevel ? await readSystem(files, toplevel) : undefined;
  const faults = [
    ...superblockFaults(superblock, root.bytes, booted),
    ...menu.faults,
    ...(await closureFaults(files, toplevel, booted)),
    ...(toplevel ? await rootNameFaults(files, toplevel, superblock) : []),
    ...(system ? platformFaults(system, board) : []),
  ];
  return { faults, toplevel, system, booted, needsRecovery: superblock.needsRecovery };
}

/** U-Boot, boot/bootdev-uclass.c, `bootdev_find_in_blk`: the bootable partitions; without any, the first alone. */
function searchedByUBoot(partitions: readonly Partition[]): Partition[] {
  const bootable = partitions.filter((partition) => partition.bootable);
  return bootable.length > 0 ? bootable : partitions.slice(0, 1);
}

function filesOf(
  partition: Partition,
  root: Partition,
  ofRoot: CardFiles,
  partitions: readonly Partition[],
  ofFirst: CardFiles | undefined,
): CardFiles[] {
  if (partition === root) return [ofRoot];
  return partition === partitions[0] && ofFirst ? [ofFirst] : [];
}

/** What the firmware tells a kernel that it starts itself. */
async function ofCommandLine(fat: CardFiles | undefined): Promise<string | undefined> {
  const text = (await fat?.read("/cmdline.txt"))?.toString() ?? "";
  return /(?:^|\s)init=(\S+)\/init(?:\s|$)/.exec(text)?.[1];
}
