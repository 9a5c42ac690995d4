import { type Only, type Hosts } from "../config/only.js";
import type { LastRun } from "../stack/last-run.js";

/** The names of the Pis that a run has to do with. */
export function chosenOf({ hosts, tags }: Only, all: Hosts): string[] {
  if (hosts.length + tags.length === 0) return Object.keys(all);
  return Object.keys(all).filter(
    (name) => hosts.includes(name) || all[name]?.tags.some((tag) => tags.includes(tag)),
  );
}

/** Says which Pis a run leaves alone; empty when it is none. */
export function leftOutLine(
  config: { readonly hosts: Hosts; readonly only: Only },
  chosen: readonly string[],
  last: LastRun,
) {
  const left = Object.keys(config.hosts).filter((name) => !chosen.includes(name));
  if (left.length === 0) return "";
  const pending = left.filter((name) => last.pis[name]?.status === "failed");
  const asked = [...config.only.hosts, ...config.only.tags.map((tag) => `tag:${tag}`)].join(", ");
  const waiting =
    pending.length > 0 ? `; with a change pending since the last run: ${pending.join(", ")}` : "";
  return `only ${asked}. Left out: ${left.join(", ")} (${left.length} of ${Object.keys(config.hosts).length})${waiting}`;
}
