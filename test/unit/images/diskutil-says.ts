/**
 * What diskutil prints on a Mac with a system of its own, a stick and a card in its own slot. Keys, their order and the forms of
 * their values are those of public recordings: ubuntu/ubuntu-insights (`diskutil list -plist` of macOS 10.15),
 * hamishmb/getdevinfo (`list` and `info` of a disk) and a recording of `info` of an SD reader and of a stick on macOS 26. The
 * disks are made up.
 */
const plist = (content: string) => `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
${content}
</plist>
`;

type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value };

function xml(value: Value): string {
  if (typeof value === "string") return `<string>${value.replaceAll("&", "&amp;")}</string>`;
  if (typeof value === "number") return `<integer>${value}</integer>`;
  if (typeof value === "boolean") return value ? "<true/>" : "<false/>";
  if (Array.isArray(value)) return `<array>\n${value.map(xml).join("\n")}\n</array>`;
  const entries = Object.entries(value).map(([key, each]) => `<key>${key}</key>\n${xml(each)}`);
  return `<dict>\n${entries.join("\n")}\n</dict>`;
}

/** The system's own disk, its container, a stick with a card's FAT partition, and a disk with somebody's files. */
export const listed = plist(
  xml({
    AllDisks: ["disk0", "disk0s1", "disk0s2", "disk3", "disk3s1", "disk4", "disk4s1", "disk5", "disk5s1"],
    AllDisksAndPartitions: [
      {
        Content: "GUID_partition_scheme",
        DeviceIdentifier: "disk0",
        OSInternal: false,
        Partitions: [
          { Content: "EFI", DeviceIdentifier: "disk0s1", Size: 209715200, VolumeName: "EFI" },
          { Content: "Apple_APFS", DeviceIdentifier: "disk0s2", Size: 499763888128 },
        ],
        Size: 500107862016,
      },
      {
        APFSPhysicalStores: [{ DeviceIdentifier: "disk0s2" }],
        APFSVolumes: [
          {
            DeviceIdentifier: "disk3s1",
            MountPoint: "",
            MountedSnapshots: [{ SnapshotBSD: "disk3s1s1", SnapshotMountPoint: "/" }],
            Size: 499763888128,
            VolumeName: "Macintosh HD",
          },
          {
            DeviceIdentifier: "disk3s5",
            MountPoint: "/System/Volumes/Data",
            Size: 499763888128,
            VolumeName: "Data",
          },
        ],
        Content: "Apple_APFS_Container",
        DeviceIdentifier: "disk3",
        Partitions: [],
        Size: 499763888128,
      },
      {
        Content: "FDisk_partition_scheme",
        DeviceIdentifier: "disk4",
        OSInternal: false,
        Partitions: [
          {
            Content: "Windows_FAT_32",
            DeviceIdentifier: "disk4s1",
            MountPoint: "/Volumes/FIRMWARE",
            Size: 31457280,
            VolumeName: "FIRMWARE",
          },
          { Content: "Linux", DeviceIdentifier: "disk4s2", Size: 30744248320 },
        ],
        Size: 30784094208,
      },
      {
        Content: "FDisk_partition_scheme",
        DeviceIdentifier: "disk5",
        OSInternal: false,
        Partitions: [
          {
            Content: "Windows_NTFS",
            DeviceIdentifier: "disk5s1",
            MountPoint: "/Volumes/Photos & more",
            Size: 63864569856,
            VolumeName: "Photos & more",
          },
        ],
        Size: 63864569856,
      },
      { Content: "Apple_HFS", DeviceIdentifier: "disk6", Size: 1000000 },
    ],
    VolumesFromDisks: ["Data", "FIRMWARE"],
    WholeDisks: ["disk0", "disk3", "disk4", "disk5", "disk6"],
  }),
);

const info = (name: string, fields: { readonly [key: string]: Value }) =>
  plist(
    xml({
      ...{ Content: "FDisk_partition_scheme", DeviceBlockSize: 512, DeviceIdentifier: name },
      ...{ DeviceNode: `/dev/${name}`, ParentWholeDisk: name, WholeDisk: true, WritableMedia: true },
      ...{ VirtualOrPhysical: "Physical", ...fields },
    }),
  );

export const infos: Record<string, string> = {
  disk0: info("disk0", {
    ...{ BusProtocol: "Apple Fabric", Internal: true, MediaName: "APPLE SSD", Removable: false },
    ...{ RemovableMedia: false, Size: 500107862016, VirtualOrPhysical: "Unknown" },
  }),
  disk4: info("disk4", {
    ...{ BusProtocol: "USB", Internal: false, MediaName: "SanDisk 3.2Gen1", Removable: true },
    ...{ RemovableMedia: true, RemovableMediaOrExternalDevice: true, Size: 30784094208 },
  }),
  disk5: info("disk5", {
    ...{ BusProtocol: "Secure Digital", Internal: true, MediaName: "Built In SDXC Reader", Removable: true },
    ...{ RemovableMedia: true, Size: 63864569856, TotalSize: 63864569856 },
  }),
  disk6: info("disk6", { BusProtocol: "Disk Image", VirtualOrPhysical: "Virtual", Size: 1000000 }),
};
