import { createHash } from "node:crypto";
import { KeyValues } from "../shared/key-values.js";
import { sizeText } from "../shared/size-text.js";
import { UserError } from "../shared/user-error.js";
import { packTar, unpackTar } from "./tar.js";

/** Where things are in the FAT partition of a card. */
export const imageMarkerPath = "pi-fleet/image";
export const bundlePath = "pi-fleet/first-boot.tar";

/** nix/modules/first-boot.sh reads this one, and refuses each other. */
export const bundleVersion = 1;

const [fileKey, provisioningKey] = ["FILE", "PROVISIONING_FILE"] as const;

/** The smallest FAT partition in use has 30 MiB, most of it firmware. */
const largestBundle = 4 << 20;

/** A file that a Pi gets at its first boot. */
export interface BundleFile {
  /** Where it belongs on the Pi. */
  readonly path: string;
  readonly content: Buffer;
  /** Names of the Pi's system. Whoever does not exist there yet gives way to root until the first `up`. */
  readonly owner: string;
  readonly group: string;
  /** Four octal digits, such as `0600`. */
  readonly mode: string;
  /** Whether only an image that is nobody's needs it: a Pi's own system has it in another way. @default false */
  readonly provisioning?: boolean;
}

/** What one Pi needs at its first boot and no image may have. */
export interface FirstBootBundle {
  readonly host: string;
  readonly stack: string;
  /** The user that deploys. An image that is nobody's makes it. */
  readonly user: string;
  readonly files: readonly BundleFile[];
}

/**
 * A bundle as the one file that stands on a card: a tar with `manifest`, `SHA256SUMS` and `files/0`, `files/1`, …
 * Modes and owners are in the manifest, because FAT has none.
 * @throws UserError for what no manifest can say, and for one too large
 */
export function packBundle({ host, stack, user, files }: FirstBootBundle): Buffer {
  const manifest = [
    `VERSION=${bundleVersion}`,
    ...[`HOST=${host}`, `STACK=${stack}`, `USER=${user}`],
    ...files.map(
      (file, index) => `${file.provisioning ? provisioningKey : fileKey}=${index} ${fileLine(file)}`,
    ),
  ];
  const members = [
    { name: "manifest", content: Buffer.from(`${manifest.join("\n")}\n`) },
    ...files.map(({ content }, index) => ({ name: `files/${index}`, content })),
  ];
  const sums = members.map(({ name, content }) => `${sha256(content)}  ${name}\n`).join("");
  const [first, ...rest] = members;
  const bundle = packTar([first!, { name: "SHA256SUMS", content: Buffer.from(sums) }, ...rest]);
  if (bundle.length <= largestBundle) return bundle;
  throw new UserError(
    `The first-boot bundle of ${host} would have ${sizeText(bundle.length)}, and ${sizeText(largestBundle)} is the most: ` +
      "a card's FAT partition is small. Deliver the larger of its secrets by up alone.",
  );
}

/**
 * Reads a bundle, and checks that it is whole.
 * @throws UserError with what is wrong
 */
export function unpackBundle(bytes: Buffer): FirstBootBundle {
  const members = unpackOrRefuse(bytes);
  const manifest = new KeyValues(members.get("manifest")?.toString() ?? "");
  if (!manifest.has("VERSION")) throw refused("it has no manifest");
  if (manifest.one("VERSION") !== String(bundleVersion))
    throw refused(
      `it has the version ${manifest.one("VERSION")}, and this pi-fleet reads version ${bundleVersion}: another pi-fleet made it`,
    );
  for (const line of lines(members.get("SHA256SUMS"))) {
    const [sum, name] = line.split("  ");
    const content = members.get(name ?? "");
    if (!content || sha256(content) !== sum) throw refused(`its ${name} is damaged`);
  }
  return {
    host: manifest.one("HOST"),
    stack: manifest.one("STACK"),
    user: manifest.one("USER"),
    files: [
      ...filesOf(manifest.all(fileKey), members),
      ...filesOf(manifest.all(provisioningKey), members).map((file) => ({ ...file, provisioning: true })),
    ],
  };
}

/** The marker of an image that reads bundles. An image without a host takes the bundle of any host of its stack. */
export interface ImageMarker {
  readonly version: string;
  readonly host: string | undefined;
  readonly stack: string | undefined;
}

/** Reads the marker that a build left in the FAT partition of an image. */
export function parseImageMarker(bytes: Buffer): ImageMarker {
  const marker = new KeyValues(bytes.toString());
  return {
    version: marker.one("VERSION"),
    host: marker.one("HOST") || undefined,
    stack: marker.one("STACK") || undefined,
  };
}

/** Why an image would refuse a bundle; undefined when it takes it. The Pi checks the same again. */
export function whyRefused(
  marker: ImageMarker,
  { host, stack }: Pick<FirstBootBundle, "host" | "stack">,
): string | undefined {
  if (marker.version !== String(bundleVersion))
    return `the image reads first-boot bundles of version ${marker.version}, and this pi-fleet writes version ${bundleVersion}`;
  if (marker.host !== undefined && marker.host !== host)
    return `the image is ${marker.host}'s, and the bundle ${host}'s`;
  if (marker.stack !== undefined && marker.stack !== stack)
    return `the image is of the stack ${marker.stack}, and the bundle of the stack ${stack}`;
  return undefined;
}

function filesOf(lines: readonly string[], members: ReadonlyMap<string, Buffer>): BundleFile[] {
  return lines.map((line) => {
    const [index, mode, owner, group, ...path] = line.split(" ");
    const content = members.get(`files/${index}`);
    if (!content || !mode || !owner || !group)
      throw refused(`its manifest has a line that makes no sense: ${line}`);
    return { path: path.join(" "), content, owner, group, mode };
  });
}

function fileLine({ path, owner, group, mode }: BundleFile): string {
  const plain = [owner, group].every((word) => /^[A-Za-z0-9_.-]+$/.test(word)) && /^0[0-7]{3}$/.test(mode);
  const sane = /^\/[^\n\0]+$/.test(path) && !path.split("/").includes("..");
  if (!plain || !sane)
    throw new UserError(`A first-boot bundle can't have ${path} of ${owner}:${group}, mode ${mode}.`);
  return `${mode} ${owner} ${group} ${path}`;
}

function unpackOrRefuse(bytes: Buffer): Map<string, Buffer> {
  try {
    return unpackTar(bytes);
  } catch (cause) {
    throw refused((cause as Error).message, cause);
  }
}

function refused(why: string, cause?: unknown): UserError {
  return new UserError(`The first-boot bundle can't be used: ${why}.`, { cause });
}

function lines(content: Buffer | undefined): string[] {
  if (!content) throw refused("it has no checksums");
  return content.toString().split("\n").filter(Boolean);
}

function sha256(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}
