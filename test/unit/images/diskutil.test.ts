import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { constants } from "node:fs";
import { candidateLines } from "../../../components/images/candidates.js";
import { openFault } from "../../../components/images/card.js";
import { deviceFaults } from "../../../components/images/device-faults.js";
import { listByDiskutil } from "../../../components/images/diskutil.js";
import { macos } from "../../../components/images/platform.js";
import { Recorder } from "../recorder.js";
import { infos, listed } from "./diskutil-says.js";

describe("the disks of a Mac, by what diskutil says", () => {
  let recorder: Recorder;
  beforeEach(() => {
    recorder = new Recorder(["diskutil"]);
    recorder.answer("diskutil", { when: "list -plist", stdout: listed });
    for (const [name, stdout] of Object.entries(infos))
      recorder.answer("diskutil", { when: `info -plist ${name}`, stdout });
  });
  afterEach(() => recorder.remove());

  it("are its own, cards and sticks, and no containers or disk images", async () => {
    deepEqual(
      (await listByDiskutil()).map(({ path, bytes, transport, cardKind, removable, model }) => [
        ...[path, bytes, transport, cardKind, removable, model],
      ]),
      [
        ["/dev/disk0", 500107862016, "apple fabric", "", false, "APPLE SSD"],
        ["/dev/disk4", 30784094208, "usb", "", true, "SanDisk 3.2Gen1"],
        ["/dev/disk5", 63864569856, "secure digital", "SD", true, "Built In SDXC Reader"],
      ],
    );
  });

  it("are offered when only the FAT partition of a card is mounted, and refused with anything else", async () => {
    const [own, stick, photos] = await listByDiskutil();
    equal(deviceFaults(own!, 1)[0]?.says, "/dev/disk3s1 is mounted at /: this machine runs from it");
    deepEqual(
      deviceFaults(own!, 1).map(({ canBeOverruled }) => canBeOverruled),
      [false, false, true],
    );
    deepEqual(deviceFaults(stick!, 1), []);
    deepEqual(deviceFaults(photos!, 1), [
      {
        says: "/dev/disk5s1 is mounted at /Volumes/Photos & more: umount /dev/disk5s1 ends that",
        canBeOverruled: false,
      },
    ]);
    match(
      candidateLines([stick!])[0]!,
      /^\/dev\/disk4, 28\.7 GiB, SanDisk 3\.2Gen1, with Windows_FAT_32 FIRMWARE, Linux: can be written$/,
    );
  });

  it("are unmounted before they are written, and written by their raw devices", async () => {
    recorder.answer("diskutil", {
      when: "unmountDisk /dev/disk4",
      stdout: "Unmount of all volumes on disk4 was successful",
    });
    deepEqual(await macos.claim("/dev/disk4"), { path: "/dev/rdisk4", flags: constants.O_RDWR });
    recorder.answer("diskutil", {
      ...{ when: "unmountDisk /dev/disk5", exitCode: 1 },
      stderr: "Unmount of disk5 failed: at least one volume could not be unmounted\n",
    });
    await rejects(
      macos.claim("/dev/disk5"),
      /^UserError: Nothing was written: \/dev\/disk5 can't be unmounted: Unmount of disk5 failed: at least one/,
    );
  });

  it("that macOS keeps from a terminal are told with its setting, and the others with sudo", () => {
    const fault = (code: string) => openFault("/dev/disk4", { code, message: "" }, macos);
    match(
      fault("EPERM"),
      /^\/dev\/disk4 can't be opened: macOS lets no program of your terminal .* Full Disk Access/,
    );
    match(fault("EACCES"), /^You may not open \/dev\/disk4: run this as root, with sudo/);
    match(fault("EBUSY"), /diskutil list \/dev\/disk4 shows what\.$/);
  });

  it("that are told in another form are no guess", async () => {
    const other = new Recorder(["diskutil"]);
    try {
      other.answer("diskutil", { stdout: listed.replace("AllDisksAndPartitions", "Disks") });
      await rejects(listByDiskutil(), /What diskutil says of the disks is of another form than is known/);
    } finally {
      other.remove();
    }
  });
});
