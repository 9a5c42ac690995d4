import { z } from "zod";
import type { FirstBootBundle } from "../images/first-boot-bundle.js";
import { piBundle } from "../images/pi-bundle.js";
import { firstBoot, hostInFleetJson } from "../protocol/first-boot.js";
import { didYouMean } from "../shared/did-you-mean.js";
import { UserError } from "../shared/user-error.js";
import { askEngine, selectedStack } from "./engine.js";

const outputs = z.object({
  pis: z.record(z.string(), z.unknown()).default({}),
  firstBoot: z.record(z.string(), firstBoot).default({}),
  /** A text, since Nix reads it as a file. A stack from before this output has none. */
  fleetJson: z
    .string()
    .default('{"hosts":{}}')
    .transform((text) => z.object({ hosts: z.record(z.string(), hostInFleetJson) }).parse(JSON.parse(text))),
});

/**
 * Reads the first-boot bundles of some Pis from the selected stack. Secret.
 * @param runnerToken a registration token for the runner of the Pi, when it is one
 * @throws UserError that names the Pis which have none, and says why
 */
export async function firstBootBundles(
  pis: readonly string[],
  runnerToken?: string,
): Promise<Map<string, FirstBootBundle>> {
  const [stack, text] = await Promise.all([
    selectedStack(),
    askEngine(["stack", "output", "--show-secrets", "--json"]),
  ]);
  const known = read(text);
  const bundles = pis.map((pi) => {
    const found = known.firstBoot[pi];
    if (!found) throw new UserError(noBundle(pi, Object.keys(known.pis)));
    const args = { host: pi, stack, firstBoot: found, runnerToken };
    return [pi, piBundle({ ...args, nixHost: known.fleetJson.hosts[pi] })] as const;
  });
  return new Map(bundles);
}

function read(text: string): z.output<typeof outputs> {
  try {
    return outputs.parse(JSON.parse(text || "{}"));
  } catch {
    // The cause would repeat the keys.
    throw new UserError(
      "The stack's output `firstBoot` is of a form that this version does not know: pulumi up writes it anew.",
    );
  }
}

function noBundle(pi: string, pis: readonly string[]): string {
  if (pis.includes(pi))
    return (
      `${pi} is adopted: config pins its hostKey, whose private half the stack does not have, so no card can have it. For a ` +
      `card of this stack's take hosts.${pi}.hostKey out, and run pulumi up.`
    );
  return (
    `The stack has made no keys for a Pi "${pi}"${didYouMean(pi, pis)} pulumi up makes those of each Pi in config. ` +
    `There are: ${pis.join(", ") || "none"}`
  );
}
