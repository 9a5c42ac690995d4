import { build, release } from "../nix/build.js";
import { withBuiltImage } from "../nix/built-image.js";
import type { NamedBuildHost } from "../protocol/build-host.js";
import type { KeptImage } from "../protocol/kept-image.js";
import { PhaseError } from "../protocol/phase-error.js";
import { progress } from "../shared/progress.js";
import { UserError } from "../shared/user-error.js";
import { ImageFolder } from "./image-folder.js";

export interface PiImageOrder {
  readonly pi: string;
  readonly buildHost: NamedBuildHost;
  /** The limits for building and for getting the image here, in seconds. */
  readonly timeouts: { readonly build: number; readonly copy: number };
  /** The derivation of the image, and the store path that it makes. */
  readonly drv: string;
  readonly image: string;
  /** Where images are kept: from the project's directory, with the stack's name at its end. */
  readonly folder: string;
}

/**
 * Builds the image of a Pi's card on its build host and keeps it on this machine; one that is kept already is left as it is.
 * @param onKept is told how much of the image is here, from 0 to 1, and how many bytes that is
 * @throws PhaseError with Nix's reason, or what kept the image from coming here
 */
export async function piImage(
  { pi, buildHost, timeouts, drv, image, folder }: PiImageOrder,
  onKept: (share: number, bytes: number) => void,
): Promise<KeptImage> {
  const images = new ImageFolder(folder);
  const there = await images.find(pi, image);
  if (there) return there;
  progress(`${pi}: building the image of its card on ${buildHost.name}`);
  const root = `${pi}-image`;
  await build(buildHost, { drv, pi: root, timeoutSeconds: timeouts.build });
  progress(`${pi}: getting the image`);
  const kept = await withBuiltImage(buildHost, image, timeouts.copy, (built) =>
    images.keep(pi, image, built, (bytes) => onKept(bytes / built.bytes, bytes)),
  ).catch((error: unknown) => {
    throw error instanceof UserError ? new PhaseError("copy", error.message, { cause: error }) : error;
  });
  await release(buildHost, root);
  return kept;
}
