import { nearest } from "./faults.js";
import type { LastRun } from "./previous.js";

/** Which Pis a run is limited to; all when nothing is named. */
export interface Only {
  readonly hosts: readonly string[];
  readonly tags: readonly string[];
}

type Hosts = Readonly<Record<string, { readonly tags: readonly string[] }>>;

/** Reads `tag:bench,lab-b`. */
export function parseOnly(text: string): Only {
  const words = text.split(",").map((word) => word.trim());
  const isTag = (word: string) => word.startsWith("tag:");
  return {
    hosts: words.filter((word) => word && !isTag(word)),
    tags: words.filter(isTag).map((word) => word.slice(4)),
  };
}

/** Names that no host has, each with its path. */
export function onlyFaults({ hosts, tags }: Only, all: Hosts, names = Object.keys(all)) {
  const known = [...new Set(Object.values(all).flatMap((host) => host.tags))];
  const there = known.length > 0 ? `There are: ${known.join(", ")}` : "No host has tags";
  return [
    ...hosts.flatMap((name, index) =>
      names.includes(name)
        ? []
        : [{ path: ["hosts", index], message: `no host has this name${nearest(name, names)}` }],
    ),
    ...tags.flatMap((tag, index) =>
      known.includes(tag)
        ? []
        : [{ path: ["tags", index], message: `no host has this tag${nearest(tag, known)} ${there}` }],
    ),
  ];
}

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
