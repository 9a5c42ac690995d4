import { z } from "zod";

/** `hosts.NAME.flake` */
export const ownFlake = z
  .strictObject({
    ref: z
      .string()
      .regex(/^[^\s#]+$/, "a flake reference without #, such as github:me/nixos-config or ./my-flake")
      .describe("The flake; ./x is from the project's directory."),
    attr: z
      .string()
      .regex(/^[A-Za-z0-9_-]+$/, "the name of one of its nixosConfigurations")
      .optional()
      .describe("Which of its nixosConfigurations; the host's name by default."),
  })
  .describe("A flake of your own, which says all of this Pi's system in place of nix/.");
