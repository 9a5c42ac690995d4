import { readFileSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { FatFiles, fatPartition } from "../../../components/images/fat.js";
import { cardWithFat } from "./fat-image.js";

/**
 * The bytes of an image whose FAT partition has a marker with this text; none for the empty text.
 * @param dir where it may put a file
 */
export async function markedImage(dir: string, marker: string): Promise<Buffer> {
  const path = join(dir, "marked");
  writeFileSync(path, cardWithFat("FAT16"));
  const handle = await open(path, "r+");
  const files = await FatFiles.open(handle, fatPartition(readFileSync(path)));
  if (marker) await files.write("pi-fleet/image", Buffer.from(marker));
  await handle.close();
  return readFileSync(path);
}
