import { z } from "zod";
import { didYouMean } from "../shared/did-you-mean.js";
import { boards, type Board } from "./boards.js";
import type { Fault } from "./fault.js";
import { localPath } from "./local-path.js";

/** `pi-fleet:images` */
export const images = z
  .strictObject({
    build: z
      .union([z.literal("all"), z.array(z.string())], { error: 'names of Pis, or the word "all"' })
      .default([])
      .describe(
        "The Pis whose cards' images an `up` builds and keeps up to date; none by default, since `npm run pi -- flash PI` builds what it needs.",
      ),
    folder: localPath
      .default(".fleet/images")
      .describe("Where images are kept, from the project's directory; each stack has a folder in it."),
  })
  .describe("Images of the Pis' cards.");

export type Images = z.output<typeof images>;

/** What `images` needs to know of hosts. */
type Hosts = Readonly<
  Record<string, { readonly board: Board; readonly flake?: unknown; readonly modules: readonly string[] }>
>;

/** The Pis whose images are asked for. `all` means those that can have one. */
export function imageNames({ build }: Pick<Images, "build">, hosts: Hosts): string[] {
  return Object.entries(hosts).flatMap(([name, host]) =>
    (build === "all" ? noImage(host) === undefined : build.includes(name)) ? [name] : [],
  );
}

/** The names in `images.build` that are no hosts, or hosts without an image. `names` are those of all hosts. */
export function imageFaults(
  { build }: Pick<Images, "build">,
  hosts: Hosts,
  names: readonly string[],
): Fault[] {
  if (build === "all") return [];
  return build.flatMap((name, index): Fault[] => {
    const path = ["images", "build", index];
    if (!names.includes(name)) return [{ path, message: `no host has this name${didYouMean(name, names)}` }];
    const host = hosts[name];
    const reason = host && noImage(host);
    return reason ? [{ path, message: reason }] : [];
  });
}

/** Why a host's card has no image; `undefined` when it has one. A module or a flake of one's own may make any. */
export function noImage({ board, flake, modules }: Hosts[string]): string | undefined {
  const { title, card } = boards[board];
  if (card || flake || modules.length > 0) return undefined;
  return `a ${board} (${title}) has no card, and so no image of one`;
}
