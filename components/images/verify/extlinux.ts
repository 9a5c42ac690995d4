import { posix } from "node:path";

/** One entry of U-Boot's menu. */
export interface MenuEntry {
  readonly label: string;
  /** The files that U-Boot reads, from the root of the partition: a kernel, an initrd, a device tree. */
  readonly files: readonly string[];
  /** A folder with device trees, of which U-Boot takes the board's. */
  readonly treeFolder: string | undefined;
  /** What the kernel starts: `/nix/store/…/init`. */
  readonly init: string | undefined;
}

export interface Menu {
  /** The label of the entry that boots. */
  readonly chosen: string | undefined;
  readonly entries: readonly MenuEntry[];
}

/**
 * Reads extlinux.conf. Keywords are in any case; a path without a slash in front is from the file's own folder. U-Boot,
 * doc/README.pxe and boot/pxe_utils.c.
 * @param path of the file on its partition
 */
export function readExtlinux(text: string, path: string): Menu {
  const absolute = (file: string) => posix.resolve(posix.dirname(path), file);
  const entries: Entry[] = [];
  let chosen: string | undefined;
  for (const line of text.split("\n")) {
    const [, keyword = "", value = ""] = /^\s*(\S+)\s+(.*?)\s*$/.exec(line) ?? [];
    const entry = entries.at(-1);
    switch (keyword.toLowerCase()) {
      case "default":
        chosen = value;
        break;
      case "label":
        entries.push({ label: value, files: [], treeFolder: undefined, init: undefined });
        break;
      case "linux":
      case "kernel":
      case "initrd":
      case "fdt":
      case "devicetree":
        entry?.files.push(absolute(value));
        break;
      case "fdtdir":
      case "devicetreedir":
        if (entry) entry.treeFolder = absolute(value);
        break;
      case "append":
        if (entry) entry.init = /(?:^|\s)init=(\S+)/.exec(value)?.[1];
        break;
    }
  }
  return { chosen, entries };
}

type Entry = { -readonly [Key in keyof MenuEntry]: MenuEntry[Key] } & { files: string[] };

/** The entry that boots when nobody chooses another: that of DEFAULT, else the first. */
export function chosenEntry({ chosen, entries }: Menu): MenuEntry | undefined {
  return entries.find(({ label }) => label === chosen) ?? entries[0];
}
