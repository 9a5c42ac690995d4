import { deepEqual, equal, match } from "node:assert/strict";
import { neededSpace } from "../../../components/activation/disk-space.js";
import { diskSpaceFault, fullDisk } from "../../../components/nix/disk-full.js";
import { parseDiskSpace } from "../../../components/on-pi/disk-space.js";
import { closure, MiB, store } from "../closure.js";

/** What disk-space.sh prints of a Pi with one file system besides /run. `more` are lines that come first. */
function says(freeMiB: number, ...more: string[]) {
  const lines = [
    ...more,
    `room=/nix/store / ${freeMiB * 1024} 100000`,
    `room=/boot / ${freeMiB * 1024} 100000`,
    `room=/var/lib / ${freeMiB * 1024} 100000`,
    "room=/run /run 100000 50000",
    "kernels=/boot",
  ];
  return parseDiskSpace(lines.join("\n"));
}

const all = [...closure.sizes.keys()].map((path) => `missing=${path}`);
const linux = `missing=${store}/1-linux`;

describe("the room on a Pi", () => {
  it("is compared with what the Pi lacks", () => {
    const room = says(100, `missing=${store}/3-hello`);
    deepEqual(neededSpace(closure, room), { store: 10 * MiB, boot: 0, paths: 1 });
    equal(diskSpaceFault("pi", neededSpace(closure, room), room), undefined);
  });

  const faults: [what: string, space: ReturnType<typeof says>, fault: RegExp | undefined][] = [
    [
      "must hold the missing paths, what the boot loader copies, and a margin",
      says(180, ...all),
      /^pi's disk is full: the new system needs 170\.0 MiB and a margin of 49\.0 MiB there, and 180\.0 MiB are free/,
    ],
    ["suffices when there is a little more", says(220, ...all), undefined],
    [
      "is looked at on /boot too, when that is a file system of its own",
      says(1024, "room=/boot /boot 51200", linux),
      /^pi's \/boot is full: .* need 60\.0 MiB there, and 50\.0 MiB are free\..* boot\) and run this again/,
    ],
    [
      "is looked at on the firmware partition when a boot loader keeps kernels there",
      says(1024, "room=/boot/firmware /boot/firmware 7168", "kernels=/boot/firmware", linux),
      /^pi's \/boot\/firmware is full: .* need 60\.0 MiB there, and 7\.0 MiB are free/,
    ],
    [
      "on the firmware partition is nobody's business when no kernel goes there",
      says(1024, "room=/boot/firmware /boot/firmware 7168", linux),
      undefined,
    ],
    [
      "may lack inodes though there are bytes",
      says(1024, "room=/nix/store / 1048576 80", linux),
      /^pi's disk has no inodes left for new files \(80 at \/\), whatever .* Make room there \(sudo nix-collect-garbage -d\)/,
    ],
    [
      "in /run must hold the reserve of the way back",
      says(1024, "room=/run /run 12 5000", linux),
      /^pi's \/run is full: 12\.0 KiB are free at \/run\. Nothing was copied\. See what fills it \(sudo du -xh \/run/,
    ],
    [
      "in /var must hold the reserve of the way back",
      says(1024, "room=/var/lib /var 3072 5000", linux),
      /^pi's \/var\/lib is full: 3\.0 MiB are free at \/var\./,
    ],
    ["is not asked for when nothing is missing", says(0), undefined],
  ];
  for (const [what, space, fault] of faults)
    it(what, () => {
      const said = diskSpaceFault("pi", neededSpace(closure, space), space);
      if (fault) match(said ?? "", fault);
      else equal(said, undefined);
    });

  it("is named after a failure: which file system is full, and what empties it", () => {
    equal(
      fullDisk("pi", says(0).rooms),
      "pi's disk is full: 0 KiB are free at /. Make room there (sudo nix-collect-garbage -d) and run this again.\n",
    );
    match(
      fullDisk("pi", says(500, "room=/run /run 0 0").rooms),
      /^pi's \/run is full: 0 KiB .* restart the Pi/,
    );
    match(fullDisk("pi", says(500, "room=/etc / 512000 0").rooms), /^pi's \/etc has no inodes left/);
  });

  it("may be there after a failure: then the full disk is another's", () => {
    match(
      fullDisk("pi", says(500).rooms),
      /^A disk is full\. .*\/nix\/store 500\.0 MiB.* else it is this machine's/,
    );
    equal(fullDisk("pi", []), "A disk is full: pi's, this machine's or the build host's.\n");
  });
});
