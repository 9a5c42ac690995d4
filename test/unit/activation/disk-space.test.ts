import { deepEqual, equal, match } from "node:assert/strict";
import { neededSpace } from "../../../components/activation/disk-space.js";
import { diskSpaceFault } from "../../../components/nix/disk-full.js";
import { parseDiskSpace } from "../../../components/on-pi/disk-space.js";
import { closure, MiB, store } from "../closure.js";

describe("the room on a Pi", () => {
  it("is compared with what the Pi lacks", () => {
    const room = parseDiskSpace(`nix=${1024 * 100}\nmissing=${store}/3-hello\n`);
    deepEqual(neededSpace(closure, room), { store: 10 * MiB, boot: 0 });
    equal(diskSpaceFault("pi", { store: 10 * MiB, boot: 0 }, room), undefined);
  });

  it("must hold the missing paths, what the boot loader copies, and a margin", () => {
    const missing = [...closure.sizes.keys()];
    const need = neededSpace(closure, { free: 0, freeBoot: undefined, missing });
    deepEqual(need, { store: 90 * MiB, boot: 80 * MiB });
    const fault = diskSpaceFault("pi", need, { free: 180 * MiB, freeBoot: undefined });
    match(
      fault ?? "",
      /^pi's disk is full: the new system needs 170\.0 MiB and a margin of 49\.0 MiB there, and 180\.0 MiB are free/,
    );
    equal(diskSpaceFault("pi", need, { free: 220 * MiB, freeBoot: undefined }), undefined);
  });

  it("is looked at on /boot too, when that is a file system of its own", () => {
    const room = parseDiskSpace(`nix=${1024 * 1024}\nboot=${1024 * 50}\nmissing=${store}/1-linux\n`);
    match(
      diskSpaceFault("pi", neededSpace(closure, room), room) ?? "",
      /^pi's \/boot is full: .* need 60\.0 MiB there, and 50\.0 MiB are free/,
    );
  });

  it("is not asked for when nothing is missing", () => {
    equal(diskSpaceFault("pi", { store: 0, boot: 0 }, { free: 0, freeBoot: undefined }), undefined);
  });
});
