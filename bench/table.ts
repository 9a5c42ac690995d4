import { CASES } from "./options.js";
import { type Results, type Row } from "./results.js";
import { median, spread } from "./statistics.js";

const HEAD = [
  "case",
  "Pis",
  "tool",
  "wall s",
  "÷ ours",
  "CPU s",
  "peak MB",
  "logins a Pi",
  "MB sent",
  "lines",
];

/** The results as a table: the median of the runs, with the least and the greatest in brackets where they differ. */
export function resultsTable({ rows, skipped }: Results): string {
  const cells = inOrder(rows).map((row) => [
    row.case,
    String(row.hosts),
    row.tool,
    figure(row.wallSeconds, 1),
    besideOurs(row, rows),
    figure(row.cpuSeconds, 1),
    figure(row.peakBytes, 0, 1e6),
    figure(row.logins, 1),
    figure(row.bytesCopied, 2, 1e6),
    figure(row.linesPrinted, 0),
  ]);
  const left = skipped.map(({ what, reason }) => `- ${what} was not measured: ${reason}`);
  const notes = [...besideFloors(rows), ...left];
  return [markdownTable([HEAD, ...cells]), ...(notes.length > 0 ? [notes.join("\n")] : [])].join("\n\n");
}

/** What of the machine a reader of figures needs to know. */
export function machineLines({ machine }: Results): string {
  return Object.entries(machine)
    .map(([name, value]) => `- ${name}: ${Array.isArray(value) ? value.join(" ") : value}`)
    .join("\n");
}

/** By case, by size, and by tool as they were measured. */
export function inOrder(rows: readonly Row[]): Row[] {
  const position = (row: Row) => CASES.findIndex((name) => name === row.case);
  return [...rows].sort((a, b) => position(a) - position(b) || a.hosts - b.hosts);
}

/** How long another tool took beside ours, of the same case and size. */
function besideOurs(row: Row, rows: readonly Row[]): string {
  const own = rows.find(
    ({ tool, hosts, case: name }) => tool === "ours" && hosts === row.hosts && name === row.case,
  );
  return own === undefined || own === row ? "" : ratio(row.wallSeconds, own.wallSeconds);
}

/** A preview beside the sum of its floors, for each size that has both. */
function besideFloors(rows: readonly Row[]): string[] {
  return inOrder(rows)
    .filter((row) => row.case === "preview")
    .flatMap(({ hosts, wallSeconds }) => {
      const floors = rows.filter((row) => row.case === "floors" && row.hosts === hosts);
      if (floors.length === 0) return [];
      const together = wallSeconds.map((_, run) =>
        floors.reduce((sum, floor) => sum + (floor.wallSeconds[run] ?? NaN), 0),
      );
      return `- A preview of ${hosts} takes ${ratio(wallSeconds, together)} times its floors together.`;
    });
}

/** The median of the runs' own ratios: what disturbs a run disturbs both of its figures. */
function ratio(figures: readonly number[], others: readonly number[]): string {
  if (figures.length !== others.length) return (median(figures) / median(others)).toFixed(2);
  return median(figures.map((figure, run) => figure / (others[run] ?? NaN))).toFixed(2);
}

function figure(runs: readonly number[], digits: number, unit = 1): string {
  const text = (value: number) => (value / unit).toFixed(digits);
  const [least, greatest] = spread(runs).map(text);
  const middle = text(median(runs));
  return least === greatest ? middle : `${middle} (${least} to ${greatest})`;
}

function markdownTable(rows: readonly (readonly string[])[]): string {
  const widths = HEAD.map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");
}
