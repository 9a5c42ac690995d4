/** The store paths that /nix-path-registration will put into Nix's database. */
export interface Registration {
  readonly paths: ReadonlySet<string>;
  readonly references: ReadonlySet<string>;
  /** The text ends in the middle of a path. */
  readonly cutShort: boolean;
}

/**
 * Reads what `nix-store --load-db` reads: for each path its name, hash, size, deriver, and the number of its references with
 * a line for each. Nix, src/libstore/store-api.cc, `decodeValidPathInfo`.
 */
export function readRegistration(text: string): Registration {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  const paths = new Set<string>();
  const references = new Set<string>();
  for (let at = 0; at < lines.length;) {
    const count = Number(lines[at + 4]);
    const end = at + 5 + count;
    if (!Number.isInteger(count) || end > lines.length) return { paths, references, cutShort: true };
    paths.add(lines[at]!);
    for (const reference of lines.slice(at + 5, end)) references.add(reference);
    at = end;
  }
  return { paths, references, cutShort: false };
}
