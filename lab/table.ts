/** Lines of text in aligned columns; the first row is the heading. */
export function table(rows: readonly (readonly string[])[]): string {
  const columns = rows[0]?.length ?? 0;
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** A store path in short: the start of its hash, and its name. */
export function shortSystem(path: string | undefined): string {
  const found = /^\/nix\/store\/(\w{8})\w*-(.+)$/.exec(path ?? "");
  return found ? `${found[1]}…-${found[2]}` : path || "-";
}
