import { createReadStream } from "node:fs";
import type { NamedBuildHost } from "../protocol/build-host.js";
import { PhaseError } from "../protocol/phase-error.js";
import { KeyValues } from "../shared/key-values.js";
import { runProcess } from "../shared/run-process.js";
import { receive } from "../ssh/receive.js";
import { remote } from "../ssh/remote.js";
import { SshError } from "../ssh/ssh-error.js";
import { buildHostTarget } from "./build-host-target.js";
import { onBuildHostScript } from "./scripts.js";
import { withBuildHost } from "./with-build-host.js";

/** The image that a build made, on the machine where it was built. */
export interface BuiltImage {
  /** Its path there, in the Nix store. */
  readonly path: string;
  readonly bytes: number;
  /** Its content; it comes over ssh when it was built elsewhere. */
  readonly content: AsyncIterable<Buffer>;
}

/**
 * Finds the image in a store path of a build host and lets `use` read it.
 * @param timeoutSeconds the limit for reading it
 * @throws PhaseError when there is none, or it can't be read to its end
 */
export async function withBuiltImage<T>(
  buildHost: NamedBuildHost,
  storePath: string,
  timeoutSeconds: number,
  use: (image: BuiltImage) => Promise<T>,
): Promise<T> {
  const script = onBuildHostScript("image-file.sh");
  const target = buildHostTarget(buildHost);
  if (!target) {
    const { stdout, stderr } = await runProcess("sh", ["-c", script, "sh", storePath]);
    const found = foundImage(storePath, stdout, stderr);
    return use({ ...found, content: createReadStream(found.path, { highWaterMark: 1 << 20 }) });
  }
  try {
    return await withBuildHost(target, async (session) => {
      const command = ["sh", "-s", "--", storePath];
      const { stdout, stderr } = await remote(session, target, command, { input: script, timeoutSeconds });
      const found = foundImage(storePath, stdout, stderr);
      return use({ ...found, content: receive(session, target, found, timeoutSeconds) });
    });
  } catch (error) {
    if (error instanceof SshError)
      throw new PhaseError("copy", `the image from the build host: ${error.message}`, { cause: error });
    throw error;
  }
}

function foundImage(storePath: string, stdout: string, stderr: string): Pick<BuiltImage, "path" | "bytes"> {
  const said = new KeyValues(stdout);
  if (said.has("file")) return { path: said.one("file"), bytes: Number(said.one("bytes")) };
  const several = said.all("found").filter(Boolean);
  throw new PhaseError(
    "build",
    `${storePath} is no image of a card: it should have one file named NAME.img or NAME.img.zst, and has ` +
      `${several.length > 0 ? several.join(", ") : "none"}${stderr ? ` (${stderr})` : ""}`,
  );
}
