import { readFile } from "node:fs/promises";
import { z } from "zod";
import { parseJson } from "../shared/parse-json.js";
import { runProcess } from "../shared/run-process.js";
import { UserError } from "../shared/user-error.js";
import type { BlockDevice, DiskPart } from "./block-device.js";

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

/**
 * All block devices, with what is on them. lsblk(8).
 * @throws UserError when lsblk can't be run
 */
export async function listByLsblk(): Promise<BlockDevice[]> {
  const columns = "NAME,PATH,TYPE,SIZE,RO,RM,TRAN,VENDOR,MODEL,FSTYPE,LABEL,MOUNTPOINTS";
  const argv = ["--json", "--bytes", "--tree", "--output", columns];
  const { exitCode, ending, stdout, stderr, reason } = await runProcess("lsblk", argv, {
    timeoutSeconds: 60,
  });
  if (ending === "not found") throw new UserError("There is no lsblk on PATH: install util-linux.");
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
