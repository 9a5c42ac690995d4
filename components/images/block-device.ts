import { readFile } from "node:fs/promises";
import { z } from "zod";
import { parseJson } from "../shared/parse-json.js";
import { runProcess } from "../shared/run-process.js";
import { UserError } from "../shared/user-error.js";

const flag = z.union([z.boolean(), z.enum(["0", "1"]).transform((text) => text === "1")]);
const words = z
  .string()
  .trim()
  .nullish()
  .transform((text) => text ?? "");

interface Entry {
  readonly name: string;
  readonly path: string;
  readonly type: string;
  readonly size: number;
  readonly ro: boolean;
  readonly rm: boolean;
  readonly tran: string;
  readonly vendor: string;
  readonly model: string;
  readonly fstype: string;
  readonly label: string;
  readonly mountpoints: (string | null)[];
  readonly children: Entry[];
}

const entry: z.ZodType<Entry> = z.object({
  name: z.string(),
  path: z.string(),
  type: z.string(),
  size: z.coerce.number(),
  ro: flag,
  rm: flag,
  tran: words,
  vendor: words,
  model: words,
  fstype: words,
  label: words,
  mountpoints: z.array(z.string().nullable()).default([]),
  children: z.array(z.lazy(() => entry)).default([]),
});

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

/**
 * All block devices, with what is on them. lsblk(8).
 * @throws UserError when lsblk can't be run
 */
export async function blockDevices(): Promise<BlockDevice[]> {
  const columns = "NAME,PATH,TYPE,SIZE,RO,RM,TRAN,VENDOR,MODEL,FSTYPE,LABEL,MOUNTPOINTS";
  const argv = ["--json", "--bytes", "--tree", "--output", columns];
  const { exitCode, ending, stdout, stderr, reason } = await runProcess("lsblk", argv, {
    timeoutSeconds: 60,
  });
  if (ending === "not found")
    throw new UserError("There is no lsblk on PATH: a card is written on Linux, with util-linux.");
  if (exitCode !== 0) throw new UserError(`The disks can't be listed: lsblk: ${stderr.trim() || reason}`);
  return Promise.all(parseLsblk(stdout).map(withSysfs));
}

type ListedDevice = Omit<BlockDevice, "cardKind" | "sequence">;

/** Reads what `lsblk --json --bytes --tree` prints. Versions of it differ in the types of sizes and flags. */
export function parseLsblk(text: string): ListedDevice[] {
  const { blockdevices } = parseJson(z.object({ blockdevices: z.array(entry) }), text, "what lsblk lists");
  return blockdevices.map((device) => ({
    ...partOf(device),
    name: device.name,
    bytes: device.size,
    readOnly: device.ro,
    removable: device.rm,
    transport: device.tran,
    model: [device.vendor, device.model].filter(Boolean).join(" "),
  }));
}

function partOf({ path, type, fstype, label, mountpoints, children }: Entry): DiskPart {
  return {
    ...{ path, type, holds: fstype, label },
    mountpoints: mountpoints.filter((mountpoint) => mountpoint !== null),
    parts: children.map(partOf),
  };
}

/** The parts of a disk, and the parts of these. */
export function allParts({ parts }: DiskPart): DiskPart[] {
  return parts.flatMap((part) => [part, ...allParts(part)]);
}

/** The kernel's Documentation/ABI: /sys/block/mmcblkN/device/type tells a card from a soldered one. */
async function withSysfs(device: ListedDevice): Promise<BlockDevice> {
  const read = async (name: string) =>
    (await readFile(`/sys/block/${device.name}/${name}`, "utf8").catch(unlessMissing)).trim();
  const cardKind = device.name.startsWith("mmcblk") ? await read("device/type") : "";
  return { ...device, cardKind, sequence: await read("diskseq") };
}

/** Kernels before 5.15 count no media. */
function unlessMissing(error: NodeJS.ErrnoException): string {
  if (error.code === "ENOENT") return "";
  throw error;
}
