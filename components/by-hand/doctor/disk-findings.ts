import type { ExaminedDisk, Examination } from "../../on-pi/examine.js";
import { sizeText } from "../../shared/size-text.js";
import { note, ok, wrong, type Finding } from "./finding.js";

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

/** Less than this is full, in bytes: a switch, the journal or a unit's state no longer fits. */
const needed: Readonly<Record<string, number>> = {
  "/": 100 * MiB,
  "/nix/store": 100 * MiB,
  "/var/lib": 20 * MiB,
  "/boot": 5 * MiB,
  "/boot/firmware": MiB / 4,
  "/tmp": MiB,
  "/run": 2 * MiB,
};

/** A file system with fewer free inodes than this can't take a new system. */
const neededInodes = 1000;

/** Room, and a card that fails. */
export function diskFindings(seen: Examination): Finding[] {
  // A file system is told once, by the first of the paths that are on it.
  const disks = seen.disks.filter(
    ({ mount }, index) => seen.disks.findIndex((other) => other.mount === mount) === index,
  );
  const told = disks.flatMap(roomFindings);
  const root = disks.find(({ path }) => path === "/");
  return [
    ...told,
    ...(told.length === 0 && root
      ? [ok("disk", `${sizeText(root.free)} of ${sizeText(root.size)} free`)]
      : []),
    ...cardFindings(seen),
    ...growthFindings(seen),
  ];
}

function roomFindings({ path, size, free, inodes }: ExaminedDisk): Finding[] {
  const room = `${sizeText(free)} of ${sizeText(size)} are free at ${path}`;
  if (free < (needed[path] ?? 0)) return [wrong("disk", `it is full: ${room}`, makeRoom(path))];
  if (inodes && inodes.free < neededInodes)
    return [
      wrong(
        "disk",
        `no inodes are left for new files at ${path} (${inodes.free} of ${inodes.all}), whatever its free bytes are`,
        `${makeRoom(path)}. What has the most files: sudo du --inodes -x ${path} | sort -n | tail`,
      ),
    ];
  // The partition of the firmware is small and full of it.
  if (free < size / 10 && path !== "/boot/firmware")
    return [note("disk", `it is nearly full: ${room}`, makeRoom(path))];
  return [];
}

function makeRoom(path: string): string {
  if (path === "/run" || path === "/tmp")
    return `See what fills it (sudo du -xh ${path} | sort -h | tail), or restart the Pi, which empties it`;
  if (path.startsWith("/boot"))
    return "Delete old generations: sudo nix-collect-garbage -d, then sudo /run/current-system/bin/switch-to-configuration boot";
  return "Make room: sudo nix-collect-garbage -d, sudo journalctl --vacuum-size=50M, and what a runner's jobs left";
}

function cardFindings({ thisBoot, bootBefore, readOnly }: Examination): Finding[] {
  const replace =
    "Save what is on it, try another power supply, and flash another card: cards wear out, and low voltage harms them";
  const { card } = thisBoot;
  return [
    ...(readOnly.length > 0
      ? [
          wrong(
            "card",
            `${readOnly.join(", ")} can only be read: the kernel does that after an error of the file system`,
            `See sudo dmesg. ${replace}`,
          ),
        ]
      : []),
    ...(card
      ? [
          wrong(
            "card",
            `the kernel told ${times(card.count)} of errors of the card, last: ${card.last}`,
            replace,
          ),
        ]
      : []),
    ...(bootBefore.card
      ? [
          note(
            "card",
            `in the boot before, the kernel told ${times(bootBefore.card.count)} of errors of the card, last: ${bootBefore.card.last}`,
            card ? undefined : replace,
          ),
        ]
      : []),
  ];
}

/** nixpkgs' image grows its root at the first boot, and not again when that failed. */
function growthFindings({ rootPartition }: Examination): Finding[] {
  if (!rootPartition) return [];
  const { name, end, card } = rootPartition;
  if (card - end < Math.max(GiB, card / 10)) return [];
  const [, disk, number] = /^(.*?)p?(\d+)$/.exec(name) ?? [];
  return [
    note(
      "disk",
      `the root partition ${name} ends at ${sizeText(end)} of a card with ${sizeText(card)}: it did not grow at the first boot`,
      `echo ", +" | sudo sfdisk --no-reread -N ${number} /dev/${disk}, then sudo partprobe and sudo resize2fs /dev/${name}`,
    ),
  ];
}

export function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}
