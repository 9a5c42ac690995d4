import { z } from "zod";

/** `pi-fleet:nix` */
export const nixOptions = z
  .strictObject({
    flake: z.string().default("nix").describe("The directory of the flake, from the project's directory."),
    overrideInputs: z
      .record(z.string().regex(/^[A-Za-z][A-Za-z0-9_/-]*$/), z.string())
      .default({})
      .describe(
        "Inputs of the flake to replace, as `nix --override-input`; path:./x is from the project's directory.",
      ),
  })
  .describe("How the fleet is evaluated.");
