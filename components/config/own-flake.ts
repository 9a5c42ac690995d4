import { z } from "zod";

/** `hosts.NAME.flake` */
export const ownFlake = z
  .strictObject({
    ref: z
      .string()
      .regex(
        // Of a folder's name, spaces are a part.
        /^(?!-)(?:[^\s#]+|(?:path:)?(?:~|\.{1,2})?\/[^#\n]*[^\s#])$/,
        "a flake reference without # and spaces, such as github:me/nixos-config, or a folder, such as ./my-flake",
      )
      .describe("The flake; ./x is from the project's directory."),
    attr: z
      .string()
      .regex(
        /^[A-Za-z0-9_][A-Za-z0-9._-]*$/,
        "the name alone of one of its nixosConfigurations, such as bench: letters, digits, _ . and -",
      )
      .optional()
      .describe("Which of its nixosConfigurations; the host's name by default."),
  })
  .describe("A flake of your own, which says all of this Pi's system in place of nix/.");
