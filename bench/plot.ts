import { inOrder } from "./table.js";
import { type Results, type Row } from "./results.js";
import { median, spread } from "./statistics.js";

// Bars need no library: a plot of these results is some hundred lines of SVG, and every viewer of the repository shows it.

const WIDTH = 860;
const LEFT = 150;
const RIGHT = 90;
const BAR = 16;
const GAP = 5;
const TITLE = 34;
const COLORS: Record<string, string> = {
  ours: "#c2185b",
  xargs: "#607d8b",
  loop: "#90a4ae",
  "deploy-rs": "#ff8f00",
  colmena: "#8e24aa",
};
const OTHER = "#4e9a9a";

/** Wall time by case and size: a bar for the median of each tool, and a line from the fastest run to the slowest. */
export function plot({ rows, machine }: Results): string {
  let y = 48;
  const parts = groupsOf(inOrder(rows)).map((group) => {
    const drawn = drawGroup(group, y);
    y += TITLE + group.length * (BAR + GAP);
    return drawn;
  });
  const height = y + 24;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="12" fill="#333">`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    text(
      16,
      24,
      "Wall time, seconds: median of the runs, and from the fastest to the slowest",
      "font-size='15'",
    ),
    text(
      16,
      42,
      `${String(machine["date"] ?? "")}: deployer and Pis share ${String(machine["processors"])} processors`,
    ),
    ...parts,
    "</svg>",
  ].join("\n");
}

function groupsOf(rows: readonly Row[]): Row[][] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = `${row.case} ${row.hosts}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()];
}

/** One case at one size has a scale of its own: what is compared stands together. */
function drawGroup(rows: readonly Row[], top: number): string {
  const [first] = rows;
  const longest = Math.max(...rows.flatMap((row) => row.wallSeconds), 0.001);
  const scale = (seconds: number) => (seconds / longest) * (WIDTH - LEFT - RIGHT);
  const bars = rows.map((row, i) => {
    const y = top + TITLE + i * (BAR + GAP);
    const middle = median(row.wallSeconds);
    const [least, greatest] = spread(row.wallSeconds);
    const line = y + BAR / 2;
    return [
      text(LEFT - 8, y + 12, row.tool, "text-anchor='end'"),
      `<rect x="${LEFT}" y="${y}" width="${round(scale(middle))}" height="${BAR}" fill="${COLORS[row.tool] ?? OTHER}"/>`,
      `<path d="M${round(LEFT + scale(least))} ${line}H${round(LEFT + scale(greatest))}" stroke="#222" stroke-width="1.5"/>`,
      text(LEFT + scale(greatest) + 6, y + 12, `${middle.toFixed(1)} s`),
    ].join("");
  });
  const pis = first?.hosts === 1 ? "1 Pi" : `${first?.hosts} Pis`;
  return [text(16, top + TITLE - 10, `${first?.case}, ${pis}`, "font-weight='bold'"), ...bars].join("\n");
}

function text(x: number, y: number, content: string, attributes = ""): string {
  const escaped = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${round(x)}" y="${round(y)}" ${attributes}>${escaped}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
