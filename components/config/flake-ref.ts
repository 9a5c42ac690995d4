import { z } from "zod";

/**
 * A flake as `nix` names it, without an output. A leading `-` would be an option of nix. Of a folder's name, spaces are a
 * part.
 */
export const flakeRef = z
  .string()
  .regex(
    /^(?!-)(?:[^\s#]+|(?:path:)?(?:~|\.{1,2})?\/[^#\n]*[^\s#])$/,
    "a flake reference without # and spaces, such as github:NixOS/nixpkgs/nixos-25.11, or a folder, such as ./my-flake",
  )
  .regex(/^\P{Cc}*$/u, "a flake reference without control characters")
  .refine(
    (ref) => !/:\/\/[^/@]*:[^/@]*@/.test(ref),
    "a flake reference without a password: nix.conf(5) has access-tokens and netrc-file for it",
  );
