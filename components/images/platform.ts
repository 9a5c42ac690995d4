import { constants } from "node:fs";
import { runProcess } from "../shared/run-process.js";
import { UserError } from "../shared/user-error.js";
import type { BlockDevice } from "./block-device.js";
import { listByDiskutil } from "./diskutil.js";
import { listByLsblk } from "./lsblk.js";

/** What Linux and macOS do in different ways with a card. */
export interface Platform {
  /** All disks of this machine, with what is on them. */
  readonly listDisks: () => Promise<BlockDevice[]>;
  /** Takes a card for this process. Returns what to open, and how. */
  readonly claim: (path: string) => Promise<{ readonly path: string; readonly flags: number }>;
  /** Makes sure that the next read of a card comes from there, and not from memory. */
  readonly forget: (path: string) => Promise<void>;
  /** A command that shows who uses a disk. */
  readonly showUse: string;
  /** Why EPERM is more than a lack of root; undefined when it is just that. */
  readonly whyNotPermitted: string | undefined;
}

/** open(2): with O_EXCL a device fails to open while something of it is mounted, and nothing of it is mounted until it is closed. */
const linux: Platform = {
  listDisks: listByLsblk,
  claim: (path) => Promise.resolve({ path, flags: constants.O_RDWR | constants.O_EXCL }),
  forget: async (path) => {
    const { exitCode, stderr, reason } = await runProcess("blockdev", ["--flushbufs", path], {
      timeoutSeconds: 600,
    });
    if (exitCode !== 0) throw new UserError(`${path} can't be read back from the card: ${stderr || reason}`);
  },
  showUse: "lsblk",
  whyNotPermitted: undefined,
};

/** Not run on a Mac: written after diskutil(8), and after what Raspberry Pi Imager and Etcher do. */
export const macos: Platform = {
  listDisks: listByDiskutil,
  // The raw device has no cache, so it is fast and is read back from the card.
  claim: async (path) => {
    const { exitCode, stdout, stderr, reason } = await runProcess("diskutil", ["unmountDisk", path], {
      timeoutSeconds: 120,
    });
    if (exitCode !== 0)
      throw new UserError(
        `Nothing was written: ${path} can't be unmounted: ${(stderr || stdout || reason).trim()}`,
      );
    return { path: path.replace(/^\/dev\/disk/, "/dev/rdisk"), flags: constants.O_RDWR };
  },
  forget: () => Promise.resolve(),
  showUse: "diskutil list",
  whyNotPermitted:
    "macOS lets no program of your terminal write to removable disks. Allow your terminal app Full Disk Access (System " +
    "Settings, Privacy & Security), and start it anew: macOS asks once at most.",
};

export const platform: Platform = process.platform === "darwin" ? macos : linux;

export function blockDevices(): Promise<BlockDevice[]> {
  return platform.listDisks();
}
