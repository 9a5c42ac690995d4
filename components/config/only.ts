import { nearest } from "../shared/nearest.js";

/** Which Pis a run is limited to; all when nothing is named. */
export interface Only {
  readonly hosts: readonly string[];
  readonly tags: readonly string[];
}

export type Hosts = Readonly<Record<string, { readonly tags: readonly string[] }>>;

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
