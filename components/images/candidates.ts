import { sizeText } from "../shared/size-text.js";
import { allParts, type BlockDevice } from "./block-device.js";
import { deviceFaults } from "./device-faults.js";

/** A line for each whole disk that may be a card, and one for each that is not, with the reason. */
export function candidateLines(devices: readonly BlockDevice[]): string[] {
  const disks = devices.filter(({ type, bytes }) => type === "disk" && bytes > 0);
  if (disks.length === 0) return ["This machine has no disks at all, and so no card: is it in the reader?"];
  return disks.map((disk) => {
    const faults = deviceFaults(disk, undefined);
    const says =
      faults.length === 0 ? "can be written" : `not offered: ${faults.map((fault) => fault.says).join("; ")}`;
    return `${describeDevice(disk)}: ${says}`;
  });
}

/** `/dev/sdb, 31.9 GB, Generic STORAGE DEVICE, with vfat FIRMWARE, ext4 NIXOS_SD` */
export function describeDevice(device: BlockDevice): string {
  const held = [device, ...allParts(device)]
    .filter(({ holds, label }) => holds || label)
    .map(({ holds, label }) => [holds, label].filter(Boolean).join(" "));
  return [
    device.path,
    sizeText(device.bytes),
    ...(device.model ? [device.model] : []),
    held.length > 0 ? `with ${held.join(", ")}` : "empty",
  ].join(", ");
}
