import type { Hosts, Only } from "../config/only.js";
import type { Outcome } from "../protocol/outcome.js";
import { namesText } from "../shared/names-text.js";

/** The names of the Pis that a run is limited to; all Pis when `only` names none. */
export function chosenOf({ hosts, tags }: Only, all: Hosts): string[] {
  if (hosts.length + tags.length === 0) return Object.keys(all);
  return Object.keys(all).filter(
    (name) => hosts.includes(name) || all[name]?.tags.some((tag) => tags.includes(tag)),
  );
}

/** Says which Pis a run leaves alone; the empty string when it leaves none. */
export function leftOutLine(
  config: { readonly hosts: Hosts; readonly only: Only },
  chosen: readonly string[],
  lastRun: { readonly pis: Readonly<Record<string, Pick<Outcome, "status">>> },
): string {
  const all = Object.keys(config.hosts);
  const left = all.filter((name) => !chosen.includes(name));
  if (left.length === 0) return "";
  const pending = left.filter((name) => lastRun.pis[name]?.status === "failed");
  const asked = [...config.only.hosts, ...config.only.tags.map((tag) => `tag:${tag}`)].join(", ");
  const waiting =
    pending.length > 0 ? `; with a change pending since the last run: ${namesText(pending)}` : "";
  return `only ${asked}. Left out: ${namesText(left)} (${left.length} of ${all.length})${waiting}`;
}
