import { z } from "zod";
import { type Codec, longText } from "./codec.js";

const kind = z.enum(["evaluation", "build", "held back"]);

/**
 * Why a Pi's activation may not begin: its evaluation or its build failed, or an earlier wave failed and holds it back.
 */
export interface ActivationFault {
  readonly kind: z.output<typeof kind>;
  readonly message: string;
}

/** `build: the build failed on nas: …`; no fault is the empty string. */
export const activationFault: Codec<ActivationFault | undefined> = {
  encode: (fault) => (fault ? longText.encode(`${fault.kind}: ${fault.message}`) : ""),
  decode: (text) => {
    if (text === "") return undefined;
    const colon = text.indexOf(": ");
    return { kind: kind.parse(text.slice(0, colon)), message: text.slice(colon + 2) };
  },
};
