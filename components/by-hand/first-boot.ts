import { z } from "zod";
import type { FirstBootBundle } from "../images/first-boot-bundle.js";
import { didYouMean } from "../shared/did-you-mean.js";
import { UserError } from "../shared/user-error.js";
import { askEngine } from "./engine.js";

/** What the stack's output `firstBoot` has of one Pi: stack/first-boot.ts. */
const firstBoot = z.object({
  hostPrivateKey: z.string(),
  hostPublicKey: z.string(),
  user: z.string(),
  authorizedKeys: z.array(z.string()),
  secrets: z.array(
    z.object({
      path: z.string(),
      content: z.string(),
      owner: z.string(),
      group: z.string(),
      mode: z.string(),
    }),
  ),
});

const outputs = z.object({
  pis: z.record(z.string(), z.unknown()).default({}),
  firstBoot: z.record(z.string(), firstBoot).default({}),
});

type FirstBoot = z.output<typeof firstBoot>;

/**
 * Reads the first-boot bundles of some Pis from the selected stack. Secret.
 * @throws UserError that names the Pis which have none, and says why
 */
export async function firstBootBundles(pis: readonly string[]): Promise<Map<string, FirstBootBundle>> {
  const [stack, text] = await Promise.all([
    askEngine(["stack", "--show-name"]),
    askEngine(["stack", "output", "--show-secrets", "--json"]),
  ]);
  const known = read(text);
  const bundles = pis.map((pi) => {
    const found = known.firstBoot[pi];
    if (!found) throw new UserError(noBundle(pi, Object.keys(known.pis)));
    return [pi, bundleOf(pi, stack.trim(), found)] as const;
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

function bundleOf(host: string, stack: string, boot: FirstBoot): FirstBootBundle {
  const root = { owner: "root", group: "root" };
  const file = (path: string, text: string, mode: string) => ({
    path,
    content: Buffer.from(text),
    mode,
    ...root,
  });
  const hostKey = "/etc/ssh/ssh_host_ed25519_key";
  return {
    ...{ host, stack, user: boot.user },
    files: [
      file(hostKey, `${boot.hostPrivateKey.trim()}\n`, "0600"),
      file(`${hostKey}.pub`, `${boot.hostPublicKey.trim()}\n`, "0644"),
      ...boot.secrets.map(({ content, ...place }) => ({ ...place, content: Buffer.from(content) })),
    ],
  };
}
