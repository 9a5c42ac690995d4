import { open } from "node:fs/promises";
import { join } from "node:path";
import { withTemporaryFolder } from "../shared/temporary-folder.js";
import { UserError } from "../shared/user-error.js";
import { FatFiles, fatPartition } from "./fat.js";
import { imageMarkerPath, parseImageMarker, whyRefused, type FirstBootBundle } from "./first-boot-bundle.js";
import { type ImageFile, readImage } from "./image-file.js";
import { writeUnpacked } from "./write-unpacked.js";

/**
 * Sees that an image takes a Pi's first-boot bundle, before a card is erased for it.
 * @throws UserError with what the image is instead
 */
export async function checkMarker(
  image: ImageFile,
  bundle: Pick<FirstBootBundle, "host" | "stack">,
): Promise<void> {
  const found = await readMarker(image);
  if (!found)
    throw new UserError(
      `${image.path} takes no first-boot bundle: its FAT partition has no file ${imageMarkerPath}. A flake of one's own gets ` +
        "it by importing pi-fleet's nixosModules.default. To write the image as it is: flash --image FILE, without a Pi's name.",
    );
  const why = whyRefused(parseImageMarker(found), bundle);
  if (why) throw new UserError(`${image.path} is not for this card: ${why}.`);
}

/** The marker in the FAT partition of an image, which may be compressed. Undefined when there is none. */
async function readMarker(image: ImageFile): Promise<Buffer | undefined> {
  return withTemporaryFolder("pi-fleet-image-", async (dir) => {
    const handle = await open(join(dir, "beginning"), "w+", 0o600);
    try {
      let end = 512;
      let position = 0;
      let partition: ReturnType<typeof fatPartition> | undefined;
      for await (const chunk of readImage(image, () => undefined)) {
        await writeUnpacked(handle, chunk, position);
        position += chunk.length;
        if (!partition && position >= 512) {
          partition = fatPartition(await firstSector(handle));
          end = partition.start + partition.bytes;
        }
        if (position >= end) break;
      }
      if (!partition) throw new UserError(`${image.path} is too small for an image of a card.`);
      await handle.truncate(position);
      const files = await FatFiles.open(handle, partition);
      return await files.read(imageMarkerPath);
    } finally {
      await handle.close();
    }
  });
}

async function firstSector(handle: Awaited<ReturnType<typeof open>>): Promise<Buffer> {
  const sector = Buffer.alloc(512);
  await handle.read(sector, 0, sector.length, 0);
  return sector;
}
