import type { SecretDelivery } from "./secret-delivery.js";

/** What a Command passes on stdin, so that it is in no argv, environment or log. */
export interface StepSecrets {
  readonly deployKey?: string;
  readonly githubToken?: string;
  /** What the Pi gets besides its system. */
  readonly secrets?: SecretDelivery;
  /** Signs what is built, in Nix's format. */
  readonly signingKey?: string;
}
