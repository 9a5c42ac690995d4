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
    ratio(row, rows),
    figure(row.cpuSeconds, 1),
    figure(row.peakBytes, 0, 1e6),
    figure(row.logins, 1),
    figure(row.bytesCopied, 2, 1e6),
    figure(row.linesPrinted, 0),
  ]);
  const left = skipped.map(({ what, reason }) => `- ${what} was not measured: ${reason}`);
  return [markdownTable([HEAD, ...cells]), ...(left.length > 0 ? [left.join("\n")] : [])].join("\n\n");
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
function ratio(row: Row, rows: readonly Row[]): string {
  const own = rows.find(
    ({ tool, hosts, case: name }) => tool === "ours" && hosts === row.hosts && name === row.case,
  );
  if (own === undefined || own === row) return "";
  return (median(row.wallSeconds) / median(own.wallSeconds)).toFixed(2);
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
