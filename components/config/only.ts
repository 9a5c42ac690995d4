import { z } from "zod";
import { didYouMean } from "../shared/did-you-mean.js";
import type { Fault } from "./fault.js";

/** `pi-fleet:only` */
export const only = z
  .strictObject({
    hosts: z.array(z.string()).default([]).describe("Names of Pis."),
    tags: z.array(z.string()).default([]).describe("Tags of Pis."),
  })
  .describe(
    "Limits every run to these Pis, until it is taken away; PI_FLEET_ONLY=tag:bench,NAME in the environment does it for one run.",
  );

/** Which Pis a run is limited to; all when nothing is named. */
export interface Only {
  readonly hosts: readonly string[];
  readonly tags: readonly string[];
}

/** What `only` needs to know of hosts. */
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

/** The hosts and tags in `only` that do not exist. `names` are those of all hosts, if `all` has only some of them. */
export function onlyFaults({ hosts, tags }: Only, all: Hosts, names = Object.keys(all)): Fault[] {
  const known = [...new Set(Object.values(all).flatMap((host) => host.tags))];
  const there = known.length > 0 ? `There are: ${known.join(", ")}` : "No host has tags";
  return [
    ...hosts.flatMap((name, index) =>
      names.includes(name)
        ? []
        : [{ path: ["only", "hosts", index], message: `no host has this name${didYouMean(name, names)}` }],
    ),
    ...tags.flatMap((tag, index) =>
      known.includes(tag)
        ? []
        : [
            {
              path: ["only", "tags", index],
              message: `no host has this tag${didYouMean(tag, known)} ${there}`,
            },
          ],
    ),
  ];
}
