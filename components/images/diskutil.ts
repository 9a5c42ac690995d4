import { z } from "zod";
import { runProcess } from "../shared/run-process.js";
import { UserError } from "../shared/user-error.js";
import type { BlockDevice, DiskPart } from "./block-device.js";

const volume = z.object({
  DeviceIdentifier: z.string(),
  Content: z.string().default(""),
  VolumeName: z.string().default(""),
  MountPoint: z.string().optional(),
  /** The system of a newer macOS runs from a snapshot. */
  MountedSnapshots: z.array(z.object({ SnapshotMountPoint: z.string().optional() })).default([]),
});

const list = z.object({
  AllDisksAndPartitions: z.array(
    volume.extend({
      Partitions: z.array(volume).default([]),
      /** An APFS container is a disk of its own, whose volumes are in a partition of a real one. */
      APFSPhysicalStores: z.array(z.object({ DeviceIdentifier: z.string() })).default([]),
      APFSVolumes: z.array(volume).default([]),
    }),
  ),
});

const info = z.object({
  DeviceNode: z.string(),
  Size: z.number().optional(),
  TotalSize: z.number().optional(),
  BusProtocol: z.string().default(""),
  Internal: z.boolean().optional(),
  Removable: z.boolean().optional(),
  RemovableMedia: z.boolean().optional(),
  WritableMedia: z.boolean().default(true),
  MediaName: z.string().default(""),
  VirtualOrPhysical: z.string().default(""),
});

type Volume = z.output<typeof volume>;
export type DiskutilList = z.output<typeof list>;
export type DiskutilInfo = z.output<typeof info>;

/**
 * All disks of a Mac, with what is on them. diskutil(8). `external` is not asked for: a card in a Mac's own slot is internal.
 * @throws UserError when diskutil can't be run
 */
export async function listByDiskutil(): Promise<BlockDevice[]> {
  const listed = await parseDiskutil(list, await diskutil("list", "-plist"));
  const disks: BlockDevice[] = [];
  for (const { DeviceIdentifier: name } of realDisks(listed)) {
    const found = await parseDiskutil(info, await diskutil("info", "-plist", name));
    if (found.VirtualOrPhysical !== "Virtual") disks.push(diskOf(name, found, listed));
  }
  return disks;
}

export function parseDiskutilList(text: string): Promise<DiskutilList> {
  return parseDiskutil(list, text);
}

export function parseDiskutilInfo(text: string): Promise<DiskutilInfo> {
  return parseDiskutil(info, text);
}

/** What diskutil says of a disk, in the words of lsblk. */
export function diskOf(name: string, found: DiskutilInfo, listed: DiskutilList): BlockDevice {
  const disk = listed.AllDisksAndPartitions.find(({ DeviceIdentifier }) => DeviceIdentifier === name);
  const { BusProtocol, MediaName, RemovableMedia, Removable, Size, TotalSize, WritableMedia } = found;
  const whole = disk ? partOf(disk, listed) : undefined;
  return {
    ...{ path: found.DeviceNode, name, type: "disk", holds: "", label: whole?.label ?? "" },
    mountpoints: whole?.mountpoints ?? [],
    parts: (disk?.Partitions ?? []).map((each) => partOf(each, listed)),
    bytes: TotalSize ?? Size ?? 0,
    readOnly: !WritableMedia,
    removable: RemovableMedia ?? Removable ?? false,
    transport: BusProtocol.toLowerCase(),
    cardKind: BusProtocol === "Secure Digital" ? "SD" : "",
    model: MediaName,
    sequence: "",
  };
}

function partOf(part: Volume, listed: DiskutilList): DiskPart {
  const { DeviceIdentifier, Content, VolumeName, MountPoint, MountedSnapshots } = part;
  const mounted = [MountPoint, ...MountedSnapshots.map(({ SnapshotMountPoint }) => SnapshotMountPoint)];
  return {
    ...{ path: `/dev/${DeviceIdentifier}`, type: "part", holds: Content, label: VolumeName },
    mountpoints: mounted.flatMap((point) => (point && !isOfACard(Content, point) ? [point] : [])),
    parts: listed.AllDisksAndPartitions.filter(({ APFSPhysicalStores }) =>
      APFSPhysicalStores.some((store) => store.DeviceIdentifier === DeviceIdentifier),
    ).flatMap(({ APFSVolumes }) => APFSVolumes.map((each) => partOf(each, listed))),
  };
}

/**
 * macOS mounts the FAT partition of each card that is put in. That one is unmounted before the card is written; whatever else
 * is mounted may be somebody's disk, and is refused.
 */
function isOfACard(content: string, mountpoint: string): boolean {
  return /FAT/.test(content) && mountpoint.startsWith("/Volumes/");
}

function realDisks({ AllDisksAndPartitions }: DiskutilList) {
  return AllDisksAndPartitions.filter(({ APFSPhysicalStores }) => APFSPhysicalStores.length === 0);
}

async function parseDiskutil<T>(schema: z.ZodType<T>, text: string): Promise<T> {
  const { parse } = await import("plist");
  try {
    return schema.parse(parse(text));
  } catch (cause) {
    throw new UserError(
      `What diskutil says of the disks is of another form than is known: ${(cause as Error).message}`,
      {
        cause,
      },
    );
  }
}

async function diskutil(...argv: string[]): Promise<string> {
  const { exitCode, ending, stdout, stderr, reason } = await runProcess("diskutil", argv, {
    timeoutSeconds: 60,
  });
  if (ending === "not found") throw new UserError("There is no diskutil on PATH: it is in /usr/sbin.");
  if (exitCode !== 0) throw new UserError(`The disks can't be listed: diskutil: ${stderr.trim() || reason}`);
  return stdout;
}
