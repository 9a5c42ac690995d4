/** The name of 8 and 3 characters in a slot, in the case that Windows and Linux note in its byte 12. */
export function shortNameText(slot: Buffer): string {
  const raw = Buffer.from(slot.subarray(0, 11));
  if (raw[0] === 0x05) raw[0] = 0xe5;
  const [base, extension] = [raw.toString("latin1", 0, 8).trimEnd(), raw.toString("latin1", 8).trimEnd()];
  const shownBase = slot[12]! & 0x08 ? base.toLowerCase() : base;
  const shownExtension = slot[12]! & 0x10 ? extension.toLowerCase() : extension;
  return extension ? `${shownBase}.${shownExtension}` : shownBase;
}

/**
 * The short name that a file has beside its long one: the name itself when it fits, else its begin and a number. Linux,
 * macOS and Windows show the long name.
 * @param taken short names of the directory, 11 characters each
 */
export function shortNameFor(name: string, taken: ReadonlySet<string>): Buffer {
  const dot = name.lastIndexOf(".");
  const [base, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot + 1)] : [name, ""];
  const [shortBase, shortExtension] = [allowed(base), allowed(extension).slice(0, 3).padEnd(3)];
  const fits = shortBase.length <= 8 && extension.length <= 3 && !base.includes(".");
  const plain = shortBase.padEnd(8) + shortExtension;
  if (fits && !taken.has(plain)) return Buffer.from(plain, "latin1");
  for (let number = 1; ; number++) {
    const tail = `~${number}`;
    const numbered = (shortBase.slice(0, 8 - tail.length) + tail).padEnd(8) + shortExtension;
    if (!taken.has(numbered)) return Buffer.from(numbered, "latin1");
  }
}

function allowed(text: string): string {
  return text
    .toUpperCase()
    .replace(/[ .]/g, "")
    .replace(/[^A-Z0-9$%'\-_@~`!(){}^#&]/g, "_");
}
