import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { keptImage, type KeptImage } from "../protocol/kept-image.js";
import { resolveLocal } from "../shared/local-path.js";
import { UserError } from "../shared/user-error.js";

const note = z.object({
  /** The store path that the image is from. */
  storePath: z.string(),
  file: z.string(),
  ...keptImage.pick({ bytes: true, sha256: true }).shape,
});

/** The folder of a stack's images: for each Pi the image itself, and a note that says which one it is. */
export class ImageFolder {
  private readonly dir: string;

  /** @param path as config has it, with the stack's name at its end */
  constructor(private readonly path: string) {
    this.dir = resolveLocal(path);
  }

  /** The image of a Pi when it is the one of this store path, and whole. */
  async find(pi: string, storePath: string): Promise<KeptImage | undefined> {
    const noted = await this.noteOf(pi);
    if (noted?.storePath !== storePath) return undefined;
    const { file, bytes, sha256 } = noted;
    const size = await stat(join(this.dir, file)).then(
      (found) => found.size,
      () => undefined,
    );
    if (size !== bytes || (await hashOf(join(this.dir, file))) !== sha256) return undefined;
    return { path: join(this.path, file), bytes, sha256 };
  }

  /**
   * Keeps the image of a Pi, in place of the one before. Until it is whole it has another name.
   * @param image its name decides the ending of the file: `x.img.zst` is kept as `PI.img.zst`
   * @throws UserError when it did not come to its end, or the disk is full
   */
  async keep(
    pi: string,
    storePath: string,
    image: { readonly path: string; readonly bytes: number; readonly content: AsyncIterable<Buffer> },
    onKept: (bytes: number) => void,
  ): Promise<KeptImage> {
    const file = `${pi}${endingOf(image.path)}`;
    const part = join(this.dir, `.${file}.part`);
    await this.make();
    const { bytes, sha256 } = await this.write(part, image.content, onKept);
    if (bytes !== image.bytes)
      throw new UserError(
        `${image.path} has ${image.bytes} bytes, and ${bytes} of them were read. Try again.`,
      );
    await this.remove(pi);
    await rename(part, join(this.dir, file));
    const noted = { storePath, file, bytes, sha256 };
    await writeFile(join(this.dir, noteName(pi)), `${JSON.stringify(noted, null, 2)}\n`);
    return { path: join(this.path, file), bytes, sha256 };
  }

  /** Removes the image of a Pi, if there is one. */
  async remove(pi: string): Promise<void> {
    const files = await readdir(this.dir).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      throw error;
    });
    const ofPi = files.filter(
      (file) => file === noteName(pi) || endings.some((end) => file === `${pi}${end}`),
    );
    for (const file of ofPi) await rm(join(this.dir, file));
  }

  /** Git does not see what is in it: an image is large, and made of what git has already. */
  private async make(): Promise<void> {
    await mkdir(this.dir, { recursive: true });
    await writeFile(join(this.dir, ".gitignore"), "*\n");
  }

  private async write(
    path: string,
    content: AsyncIterable<Buffer>,
    onKept: (bytes: number) => void,
  ): Promise<{ bytes: number; sha256: string }> {
    const hash = createHash("sha256");
    let bytes = 0;
    const handle = await open(path, "w");
    try {
      for await (const chunk of content) {
        hash.update(chunk);
        await handle.writeFile(chunk);
        bytes += chunk.length;
        onKept(bytes);
      }
      await handle.sync();
    } catch (error) {
      await rm(path, { force: true });
      const isFull = ["ENOSPC", "EDQUOT"].includes((error as NodeJS.ErrnoException).code ?? "");
      if (!isFull) throw error;
      throw new UserError(
        `${this.path} has no room for the image: free some, or name another folder in pi-fleet:images.folder.`,
        { cause: error },
      );
    } finally {
      await handle.close();
    }
    return { bytes, sha256: hash.digest("hex") };
  }

  private async noteOf(pi: string): Promise<z.output<typeof note> | undefined> {
    const text = await readFile(join(this.dir, noteName(pi)), "utf8").catch(() => "null");
    try {
      return note.safeParse(JSON.parse(text)).data;
    } catch {
      // Whatever is there, it is no note of ours: the image is built and kept anew.
      return undefined;
    }
  }
}

/** What an image may be called after its name. */
const endings = ["", ".zst", ".gz", ".xz", ".bz2"].flatMap((packed) => [`.img${packed}`, `.raw${packed}`]);

function endingOf(path: string): string {
  const name = basename(path);
  return endings.findLast((ending) => name.endsWith(ending)) ?? ".img";
}

function noteName(pi: string): string {
  return `${pi}.json`;
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest("hex");
}
