const units = ["KiB", "MiB", "GiB", "TiB"];

/** A number of bytes as people read it: `0 KiB`, `12.3 MiB`, `1.2 GiB`. */
export function sizeText(bytes: number): string {
  let size = bytes / 1024;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${size === 0 ? "0" : size.toFixed(1)} ${units[unit]}`;
}
