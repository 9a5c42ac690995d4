import { UserError } from "../shared/user-error.js";

/** What is on a disk, or on a part of it: a partition, a RAID, a volume of LVM or of dm-crypt. */
export interface DiskPart {
  /** A path such as `/dev/sdb1`. */
  readonly path: string;
  /** As lsblk(8) calls it: `part`, `crypt`, `lvm`, `raid1`. */
  readonly type: string;
  /** A filesystem or another signature, such as `ext4` or `linux_raid_member`; empty when there is none. */
  readonly holds: string;
  readonly label: string;
  /** Where it is mounted; `[SWAP]` when the kernel swaps to it. */
  readonly mountpoints: readonly string[];
  readonly parts: readonly DiskPart[];
}

/** A whole disk as the kernel knows it. */
export interface BlockDevice extends DiskPart {
  readonly name: string;
  readonly bytes: number;
  readonly readOnly: boolean;
  readonly removable: boolean;
  /** How it is attached: `usb`, `sata`, `nvme`; empty when lsblk does not know. */
  readonly transport: string;
  /** What a memory card says that it is: `SD`, or `MMC` when it is soldered in; else empty. */
  readonly cardKind: string;
  readonly model: string;
  /** The kernel counts each medium that is put in; empty when it does not. Its Documentation/ABI: diskseq. */
  readonly sequence: string;
}

/**
 * Sees that a disk is still the one that somebody has agreed to erase. Its name is the next card's too.
 * @throws UserError when another one was put in meanwhile
 */
export function requireSame(
  agreed: Pick<BlockDevice, "bytes" | "model" | "sequence">,
  now: Pick<BlockDevice, "path" | "bytes" | "model" | "sequence">,
): void {
  const same = (["bytes", "model", "sequence"] as const).every((key) => agreed[key] === now[key]);
  if (!same) throw new UserError(`Nothing was written: ${now.path} is another card now. Begin again.`);
}

/** The parts of a disk, and the parts of these. */
export function allParts({ parts }: DiskPart): DiskPart[] {
  return parts.flatMap((part) => [part, ...allParts(part)]);
}
