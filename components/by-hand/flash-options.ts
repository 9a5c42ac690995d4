import { parseArgs } from "node:util";
import { UserError } from "../shared/user-error.js";

export interface FlashOptions {
  /** The Pis whose cards are written, one after another; none for an image as it is. */
  readonly pis: readonly string[];
  /** The image to write; empty for each Pi's own, which is built. */
  readonly image: string;
  /** The provisioning image of each Pi's board, in place of its own. */
  readonly provisioning: boolean;
  /** One for all Pis, or one for each in their order; none to be asked. */
  readonly devices: readonly string[];
  /** A file with a registration token for the Pi's runner; empty for none. */
  readonly runnerToken: string;
  readonly yes: boolean;
  readonly notACard: boolean;
}

/** @throws UserError for what it does not take */
export function flashOptions(words: readonly string[]): FlashOptions {
  const { values, positionals: pis } = parsed(words);
  const { image, provisioning, device: devices, yes } = values;
  const { "not-a-card": notACard, "runner-token": runnerToken } = values;
  const twice = pis.find((pi, index) => pis.indexOf(pi) !== index);
  if (twice) throw new UserError(`flash: ${twice} is named twice.`);
  const taken = devices.find((device, index) => devices.indexOf(device) !== index);
  if (taken) throw new UserError(`flash: --device ${taken} is given twice. Each Pi has a card of its own.`);
  const cards = Math.max(1, pis.length);
  if (devices.length > 1 && devices.length !== cards)
    throw new UserError(
      `flash: --device is given ${devices.length} times, for ${cards} ${cards === 1 ? "card" : "cards"}. Give one reader for all, or one for each Pi in their order.`,
    );
  if (provisioning && (image || pis.length === 0))
    throw new UserError(
      image
        ? "flash: --provisioning builds an image, and --image names one. Give one of the two."
        : "flash: --provisioning needs the names of the Pis whose cards are written.",
    );
  if (runnerToken && pis.length !== 1)
    throw new UserError(
      "flash: --runner-token is for the card of one Pi, since a token registers one runner.",
    );
  return { pis, image, provisioning, devices, runnerToken, yes, notACard };
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        image: { type: "string", default: "" },
        provisioning: { type: "boolean", default: false },
        device: { type: "string", multiple: true, default: [] },
        "runner-token": { type: "string", default: "" },
        yes: { type: "boolean", default: false },
        "not-a-card": { type: "boolean", default: false },
      },
    });
  } catch (cause) {
    throw new UserError(`flash: ${(cause as Error).message}`, { cause });
  }
}
