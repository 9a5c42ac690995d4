import { deepEqual, doesNotThrow, throws } from "node:assert/strict";
import { requireSame, type BlockDevice } from "../../../components/images/block-device.js";
import { candidateLines } from "../../../components/images/candidates.js";
import { deviceFaults } from "../../../components/images/device-faults.js";
import { parseLsblk } from "../../../components/images/lsblk.js";

const gibibyte = 2 ** 30;

/** As util-linux 2.38 prints it; older versions write sizes and flags as text. */
const disk = (fields: Record<string, unknown>) => ({
  ...{ name: "sdb", path: "/dev/sdb", type: "disk", size: 32 * gibibyte, ro: false, rm: true, tran: "usb" },
  ...{ vendor: "Generic ", model: "STORAGE DEVICE", fstype: null, label: null, mountpoints: [null] },
  ...fields,
});
const part = (fields: Record<string, unknown>) =>
  disk({ ...{ path: "/dev/sdb1", name: "sdb1", type: "part", vendor: null, model: null }, ...fields });

function device(fields: Record<string, unknown>, cardKind = ""): BlockDevice {
  const [found] = parseLsblk(JSON.stringify({ blockdevices: [disk(fields)] }));
  return { ...found!, cardKind, sequence: "" };
}
const faults = (fields: Record<string, unknown>, { cardKind = "", imageBytes = gibibyte } = {}) =>
  deviceFaults(device(fields, cardKind), imageBytes);
const firm = (says: string) => [{ says, canBeOverruled: false }];
const doubt = (says: string) => [{ says, canBeOverruled: true }];

describe("a device to write to", () => {
  it("is fine when it is a card in a reader, whatever was on it", () => {
    deepEqual(faults({ children: [part({ fstype: "ext4", label: "NIXOS_SD" })] }), []);
    const builtIn = { name: "mmcblk0", path: "/dev/mmcblk0", rm: false, tran: "mmc" };
    deepEqual(faults(builtIn, { cardKind: "SD" }), []);
    // A stick that says of itself that it is fixed.
    deepEqual(faults({ rm: false }), []);
  });

  it("is understood in the words of older versions of lsblk", () => {
    deepEqual(faults({ size: String(32 * gibibyte), ro: "0", rm: "1" }), []);
    deepEqual(faults({ ro: "1" }), firm("/dev/sdb is read-only: a card has a switch for that, on its side"));
  });

  it("is refused while it is in use, and nobody can overrule that", () => {
    const child = (fields: Record<string, unknown>) => faults({ children: [part(fields)] });
    deepEqual(
      child({ mountpoints: ["/media/you/x"] }),
      firm("/dev/sdb1 is mounted at /media/you/x: umount /dev/sdb1 ends that"),
    );
    deepEqual(
      child({ mountpoints: ["/boot", "/"] }),
      firm("/dev/sdb1 is mounted at /boot: this machine runs from it"),
    );
    deepEqual(
      child({ mountpoints: ["[SWAP]"] }),
      firm("/dev/sdb1 is this machine's swap: swapoff /dev/sdb1 ends that"),
    );
    deepEqual(
      child({ fstype: "crypto_LUKS", children: [part({ path: "/dev/mapper/x", type: "crypt" })] }),
      firm("/dev/mapper/x (crypt) is in use on top of it"),
    );
    deepEqual(
      child({ fstype: "zfs_member" }),
      firm("/dev/sdb1 is part of a ZFS pool: zpool labelclear /dev/sdb1 makes it free"),
    );
  });

  it("is refused when it is empty or too small", () => {
    deepEqual(faults({ size: 0 }), firm("/dev/sdb has no card in it"));
    deepEqual(faults({ size: gibibyte - 1 }), firm("/dev/sdb has 1.0 GiB, and the image needs 1.0 GiB"));
  });

  it("is refused when it does not look like a card, unless somebody says that it is one", () => {
    deepEqual(
      faults({ rm: false, tran: "sata" }),
      doubt("/dev/sdb is not removable: it is attached by sata"),
    );
    deepEqual(faults({ rm: false, tran: null }), doubt("/dev/sdb is not removable"));
    deepEqual(
      faults({ size: 12e12 }),
      doubt("/dev/sdb has 10.9 TiB: that is a large disk, and hardly a card"),
    );
    const soldered = { name: "mmcblk0", path: "/dev/mmcblk0", rm: false, tran: "mmc" };
    deepEqual(
      faults(soldered, { cardKind: "MMC" }),
      doubt("/dev/mmcblk0 is memory that is soldered into this machine"),
    );
  });

  it("is listed with its size, its model and what is on it, or with what speaks against it", () => {
    deepEqual(
      candidateLines([
        device({ children: [part({ fstype: "vfat", label: "FIRMWARE" }), part({ fstype: "ext4" })] }),
        device({ path: "/dev/sda", rm: false, tran: "sata", model: "Disk", vendor: "ATA" }),
        device({ path: "/dev/loop0", type: "loop" }),
        device({ path: "/dev/sdc", size: 0 }),
      ]),
      [
        "/dev/sdb, 32.0 GiB, Generic STORAGE DEVICE, with vfat FIRMWARE, ext4: can be written",
        "/dev/sda, 32.0 GiB, ATA Disk, empty: not offered: /dev/sda is not removable: it is attached by sata",
      ],
    );
    deepEqual(candidateLines([]), ["This machine has no disks at all, and so no card: is it in the reader?"]);
  });

  it("is another card when its size, its model or the kernel's count of media differs", () => {
    const agreed = { ...device({}), sequence: "7" };
    doesNotThrow(() => requireSame(agreed, { ...agreed }));
    for (const other of [{ bytes: 1 }, { model: "Another" }, { sequence: "8" }])
      throws(
        () => requireSame(agreed, { ...agreed, ...other }),
        /^UserError: Nothing was written: \/dev\/sdb is another card now\. Begin again\.$/,
      );
  });
});
