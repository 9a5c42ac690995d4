import { readFile } from "node:fs/promises";
import { z } from "zod";
import { boardNames, type Board } from "../config/boards.js";
import { didYouMean } from "../shared/did-you-mean.js";
import { resolveLocal } from "../shared/local-path.js";
import { parseJson } from "../shared/parse-json.js";
import { UserError } from "../shared/user-error.js";
import { askEngine, selectedStack } from "./engine.js";

/** What the selected stack says of one Pi before it is on the network. */
export interface StackFacts {
  readonly stack: string;
  readonly board: Board;
}

const hosts = z.record(z.string(), z.object({ board: z.enum(boardNames) }));
const entry = z.object({ value: z.string().optional(), objectValue: z.unknown().optional() });

/**
 * Reads config of the selected stack, as far as a card has to fit it. Config is not validated otherwise.
 * @throws UserError when no stack is selected, or it has no such Pi
 */
export async function readStackFacts(pi: string): Promise<StackFacts> {
  const [stack, config] = await Promise.all([selectedStack(), askEngine(["config", "--json"])]);
  const values = parseJson(z.record(z.string(), entry), config, "the stack's config");
  const found = hosts.safeParse(await hostsOf(values));
  if (!found.success)
    throw new UserError("The stack's config can't be read for the board of a Pi: pulumi preview says why.");
  const host = found.data[pi];
  if (!host)
    throw new UserError(
      `There is no Pi "${pi}"${didYouMean(pi, Object.keys(found.data))} There are: ${Object.keys(found.data).join(", ")}`,
    );
  return { stack, board: host.board };
}

async function hostsOf(values: Readonly<Record<string, z.output<typeof entry>>>): Promise<unknown> {
  const file = values["pi-fleet:hostsFile"]?.value;
  if (file) {
    const yaml = await import("yaml");
    try {
      return yaml.parse(await readFile(resolveLocal(file), "utf8"), { merge: true });
    } catch (cause) {
      throw new UserError(`pi-fleet:hostsFile: ${file} can't be read: ${(cause as Error).message}`, {
        cause,
      });
    }
  }
  const { objectValue, value } = values["pi-fleet:hosts"] ?? {};
  return objectValue ?? (value === undefined ? undefined : (JSON.parse(value) as unknown));
}
