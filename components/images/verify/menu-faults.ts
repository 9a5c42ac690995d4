import type { CardFiles } from "./card-files.js";
import { chosenEntry, readExtlinux, type MenuEntry } from "./extlinux.js";
import type { Finding } from "./finding.js";

/** Where U-Boot looks on a partition. Its doc/develop/bootstd/extlinux.rst. */
const menuPaths = ["/extlinux/extlinux.conf", "/boot/extlinux/extlinux.conf"];

export interface MenuCheck {
  readonly faults: readonly Finding[];
  /** The toplevel that boots. */
  readonly toplevel: string | undefined;
}

const todo = "build the image again; on a card that was booted, switch its system again or flash it";

/**
 * What U-Boot would not find for the entry that it boots. The other entries are a person's choice.
 * @param searched the files of the partitions that U-Boot looks at, in its order
 */
export async function checkMenu(searched: readonly CardFiles[]): Promise<MenuCheck> {
  for (const files of searched)
    for (const path of menuPaths) {
      const text = await files.read(path);
      if (!text) continue;
      const entry = chosenEntry(readExtlinux(text.toString(), path));
      if (!entry)
        return {
          faults: [{ says: `${path} has no entry that U-Boot could boot`, todo }],
          toplevel: undefined,
        };
      const missing = await missingOf(entry, files);
      return {
        faults:
          missing.length > 0
            ? [{ says: `the entry "${entry.label}" of ${path} lacks ${missing.join(", ")}`, todo }]
            : [],
        toplevel: entry.init?.replace(/\/init$/, ""),
      };
    }
  return {
    faults: [
      {
        says: `there is no ${menuPaths.join(" or ")} where U-Boot looks: on the partition that is marked bootable, else on the first`,
        todo: "build the image with boot.loader.generic-extlinux-compatible, and mark the partition of /boot bootable",
      },
    ],
    toplevel: undefined,
  };
}

async function missingOf({ files: named, treeFolder, init }: MenuEntry, files: CardFiles): Promise<string[]> {
  const missing: string[] = [];
  if (named.length === 0) missing.push("a kernel");
  for (const file of named) if (!((await files.size(file)) ?? 0)) missing.push(file);
  if (treeFolder && !(await files.list(treeFolder))) missing.push(treeFolder);
  if (!init) missing.push("the parameter init=");
  return missing;
}
