import { sizeText } from "../shared/size-text.js";
import { allParts, type BlockDevice, type DiskPart } from "./block-device.js";

/** A card that is larger than this is more likely somebody's disk. */
const largestCard = 600e9;

/** Why a device is not written to. */
export interface DeviceFault {
  readonly says: string;
  /** A person may say that it is a card all the same. */
  readonly canBeOverruled: boolean;
}

/**
 * What speaks against writing an image to a whole disk. Removable or not is guessed by the kernel, wrongly at times, so
 * that alone can be overruled; what is in use can't.
 */
export function deviceFaults(device: BlockDevice, imageBytes: number | undefined): DeviceFault[] {
  return [...usageFaults(device), ...sizeFaults(device, imageBytes), ...kindFaults(device)];
}

function usageFaults(device: BlockDevice): DeviceFault[] {
  const { path, readOnly } = device;
  const used = [device, ...allParts(device)].flatMap(useOf);
  return [
    ...(readOnly ? [firm(`${path} is read-only: a card has a switch for that, on its side`)] : []),
    ...used.map(firm),
  ];
}

function useOf({ path, type, holds, mountpoints }: DiskPart): string[] {
  const system = mountpoints.find(isOfTheSystem);
  if (system) return [`${path} is mounted at ${system}: this machine runs from it`];
  if (mountpoints.includes("[SWAP]")) return [`${path} is this machine's swap: swapoff ${path} ends that`];
  const [mountpoint] = mountpoints;
  if (mountpoint) return [`${path} is mounted at ${mountpoint}: umount ${path} ends that`];
  if (!["disk", "part", "loop"].includes(type)) return [`${path} (${type}) is in use on top of it`];
  if (holds === "zfs_member")
    return [`${path} is part of a ZFS pool: zpool labelclear ${path} makes it free`];
  return [];
}

function isOfTheSystem(mountpoint: string): boolean {
  return (
    ["/", "/nix", "/nix/store", "/boot", "/usr"].includes(mountpoint) ||
    mountpoint.startsWith("/System/Volumes/")
  );
}

function sizeFaults({ path, bytes }: BlockDevice, imageBytes: number | undefined): DeviceFault[] {
  if (bytes === 0) return [firm(`${path} has no card in it`)];
  if (imageBytes !== undefined && bytes < imageBytes)
    return [firm(`${path} has ${sizeText(bytes)}, and the image needs ${sizeText(imageBytes)}`)];
  if (bytes <= largestCard) return [];
  return [doubt(`${path} has ${sizeText(bytes)}: that is a large disk, and hardly a card`)];
}

function kindFaults({ path, removable, transport, cardKind, type }: BlockDevice): DeviceFault[] {
  if (cardKind === "MMC") return [doubt(`${path} is memory that is soldered into this machine`)];
  const card = cardKind === "SD" || removable || transport === "usb" || type === "loop";
  return card
    ? []
    : [doubt(`${path} is not removable${transport ? `: it is attached by ${transport}` : ""}`)];
}

function firm(says: string): DeviceFault {
  return { says, canBeOverruled: false };
}

function doubt(says: string): DeviceFault {
  return { says, canBeOverruled: true };
}
