import { z } from "zod";
import { parseJson } from "../shared/parse-json.js";
import { nix } from "./nix.js";

const pathInfo = z.object({
  narSize: z.number(),
  /** Only a cache has it. */
  downloadSize: z.number().optional(),
  references: z.array(z.string()),
});

/** What a store or a cache says of a store path. Sizes are in bytes. */
export type PathInfo = z.infer<typeof pathInfo>;

const answer = z.union([z.record(z.string(), z.unknown()), z.array(z.looseObject({ path: z.string() }))]);

/**
 * Asks for store paths: nix3-path-info. Paths that are not there are left out.
 * @param storeOptions which store; none for this machine's
 */
export async function pathInfos(
  paths: readonly string[],
  storeOptions: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, PathInfo>> {
  const ask = (format: string[]) =>
    nix(["path-info", "--json", ...format, ...storeOptions, ...paths], { signal });
  // Nix before 2.33 has one format only, and no name for it.
  const named = await ask(["--json-format", "1"]);
  const { exitCode, stdout } = /unrecognised flag/.test(named.stderr) ? await ask([]) : named;
  return exitCode === 0 ? parsePathInfos(stdout) : new Map<string, PathInfo>();
}

/** Reads `nix path-info --json`: a map from path to info or null; before Nix 2.19 a list. */
export function parsePathInfos(json: string): Map<string, PathInfo> {
  const all = parseJson(answer, json, "the answer of nix path-info");
  const entries = Array.isArray(all) ? all.map((info) => [info.path, info] as const) : Object.entries(all);
  return new Map(
    entries.flatMap(([path, info]) => {
      const { data } = pathInfo.safeParse(info);
      return data ? [[path, data] as const] : [];
    }),
  );
}
