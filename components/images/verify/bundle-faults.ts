import { UserError } from "../../shared/user-error.js";
import {
  bundlePath,
  bundleVersion,
  imageMarkerPath,
  parseImageMarker,
  unpackBundle,
  type FirstBootBundle,
  type ImageMarker,
} from "../first-boot-bundle.js";
import type { CardFiles } from "./card-files.js";
import type { Finding } from "./finding.js";

/** Whose card it should be, as far as that was said. */
export interface Expected {
  readonly pi?: string | undefined;
  readonly stack?: string | undefined;
}

/** @returns undefined for an image that consumes no first-boot bundle */
export async function readMarker(fat: CardFiles): Promise<ImageMarker | undefined> {
  const text = await fat.read(imageMarkerPath);
  return text && parseImageMarker(text);
}

const buildIt = "build its image anew: npm run pi -- flash PI does that too";
const flashIt = "flash it again: npm run pi -- flash PI";

/** Whether an image is the one of the expected Pi and stack. */
export function markerFaults(marker: ImageMarker | undefined, { pi, stack }: Expected): Finding[] {
  if (!marker)
    return pi
      ? [
          {
            says: `it has no ${imageMarkerPath}: its system consumes no first-boot bundle, so ${pi} would get neither its host key nor its secrets`,
            todo: buildIt,
          },
        ]
      : [];
  const { version, host, stack: ofStack } = marker;
  if (version !== String(bundleVersion))
    return [
      {
        says: `it reads first-boot bundles of version ${version || "none"}, and this pi-fleet writes version ${bundleVersion}`,
        todo: `use the pi-fleet that built it, or ${buildIt}`,
      },
    ];
  return [
    ...(pi && host && host !== pi
      ? [{ says: `it is the image of ${host}, not of ${pi}`, todo: buildIt }]
      : []),
    ...(stack && ofStack && ofStack !== stack
      ? [
          {
            says: `it is an image of the stack ${ofStack}, not of ${stack}`,
            todo: `select that stack, or ${buildIt}`,
          },
        ]
      : []),
  ];
}

export interface BundleCheck {
  readonly faults: readonly Finding[];
  readonly bundle: FirstBootBundle | undefined;
}

/**
 * Whether the first-boot bundle is there when it has to be, and is the right one.
 * @param needed a card that has not booted needs one; an image's file has none yet
 */
export async function checkBundle(
  fat: CardFiles,
  marker: ImageMarker | undefined,
  { pi, stack }: Expected,
  { booted, needed }: { readonly booted: boolean; readonly needed: boolean },
): Promise<BundleCheck> {
  const bytes = await fat.read(bundlePath);
  if (!bytes) {
    const faults =
      needed && marker && !booted
        ? [
            {
              says: `it has no first-boot bundle (${bundlePath}): its Pi would have another host key than the one that is pinned`,
              todo: flashIt,
            },
          ]
        : [];
    return { faults, bundle: undefined };
  }
  const bundle = unpacked(bytes);
  if (bundle instanceof UserError)
    return {
      faults: [{ says: bundle.message.replace(/\.$/, ""), todo: flashIt }],
      bundle: undefined,
    };
  const faults: Finding[] = [];
  const image = marker?.host;
  if (image && bundle.host !== image)
    faults.push({
      says: `its first-boot bundle is of ${bundle.host}, and its image of ${image}`,
      todo: flashIt,
    });
  else if (pi && bundle.host !== pi)
    faults.push({ says: `its first-boot bundle is of ${bundle.host}, not of ${pi}`, todo: flashIt });
  const ofStack = stack ?? marker?.stack;
  if (ofStack && bundle.stack !== ofStack)
    faults.push({
      says: `its first-boot bundle is of the stack ${bundle.stack}, not of ${ofStack}`,
      todo: flashIt,
    });
  if (!marker)
    faults.push({
      says: `it has a first-boot bundle, and its image consumes none: the secrets in it stay readable on the card`,
      todo: buildIt,
    });
  else if (booted)
    faults.push({
      says: "it was booted, and its first-boot bundle is still there: its Pi did not consume it",
      todo: "see /var/lib/pi-fleet/first-boot and `journalctl -u pi-fleet-first-boot` on the Pi, or flash it again",
    });
  return { faults, bundle };
}

function unpacked(bytes: Buffer): FirstBootBundle | UserError {
  try {
    return unpackBundle(bytes);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}
