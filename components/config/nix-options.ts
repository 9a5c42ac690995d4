import { z } from "zod";
import { flakeRef } from "./flake-ref.js";
import { localPath } from "./local-path.js";

/** `pi-fleet:nix` */
export const nixOptions = z
  .strictObject({
    flake: localPath
      .default("nix")
      .describe("The directory of the flake, from the project's directory; ~ is your home."),
    overrideInputs: z
      .record(
        z.string().regex(/^[A-Za-z][A-Za-z0-9_/-]*$/, "the name of an input, such as nixpkgs"),
        flakeRef,
      )
      .default({})
      .describe(
        "Inputs of the flake to replace, as `nix --override-input`; path:./x is from the project's directory.",
      ),
  })
  .describe("How the fleet is evaluated.");
