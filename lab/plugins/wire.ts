/** How values travel between the engine and a provider: secrets, unknowns and assets are marked in plain JSON. */
export type Wire = null | boolean | number | string | Wire[] | WireMap;
export interface WireMap {
  [key: string]: Wire;
}

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const ASSET = "c44067f5952c0a294b673a41bacd8c17";
const ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7";

/** What stands for a value that is not known before the run. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export function isMap(value: Wire | undefined): value is WireMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function secret(value: Wire): WireMap {
  return isSecret(value) ? value : { [SIGNATURE]: SECRET, value };
}

export function isSecret(value: Wire | undefined): value is WireMap & { value: Wire } {
  return isMap(value) && value[SIGNATURE] === SECRET;
}

export function fileAsset(path: string, hash: string): WireMap {
  return { [SIGNATURE]: ASSET, path, hash };
}

export function archiveOf(assets: WireMap): WireMap {
  return { [SIGNATURE]: ARCHIVE, assets };
}

/** The value without any secret mark, at any depth. */
export function reveal(value: WireMap): WireMap;
export function reveal(value: Wire): Wire;
export function reveal(value: Wire): Wire {
  if (isSecret(value)) return reveal(value.value);
  if (Array.isArray(value)) return value.map(reveal);
  if (isMap(value)) return mapValues(value, reveal);
  return value;
}

/** Equal in value and in secrecy. */
export function equal(a: Wire | undefined, b: Wire | undefined): boolean {
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => equal(item, b[i]));
  }
  if (isMap(a)) {
    return (
      isMap(b) && [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => equal(a[key], b[key]))
    );
  }
  return (a ?? null) === (b ?? null);
}

export function containsUnknown(value: Wire | undefined): boolean {
  if (value === UNKNOWN) return true;
  if (Array.isArray(value)) return value.some(containsUnknown);
  return isMap(value) && Object.values(value).some(containsUnknown);
}

function mapValues(map: WireMap, change: (value: Wire) => Wire): WireMap {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
}
