import { z } from "zod";
import { secretDelivery } from "./secret-delivery.js";

const stepSecrets = z.object({
  /** The fleet's private deploy key, in OpenSSH's format. */
  deployKey: z.string().optional(),
  /** What the runner's `credential` in config says: a token, or a GitHub App's private key. */
  githubToken: z.string().optional(),
  /** What the Pi gets besides its system. */
  secrets: secretDelivery.optional(),
  /** The key that signs closures, in Nix's format. */
  signingKey: z.string().optional(),
});

/** What a Command passes to its step on stdin, so that it is in no argv, environment or log. */
export type StepSecrets = Readonly<z.output<typeof stepSecrets>>;

/** The keys keep their order: the text is an input of the Command, and another order would be a difference. */
export function encodeStepSecrets(secrets: StepSecrets): string {
  return JSON.stringify(secrets);
}

/** @throws Error that does not repeat what was read */
export function decodeStepSecrets(stdin: string): StepSecrets {
  if (!stdin.trim()) return {};
  try {
    return stepSecrets.parse(JSON.parse(stdin));
  } catch {
    throw new Error("the secrets on stdin are of a form that this version does not know");
  }
}
