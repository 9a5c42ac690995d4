import { z } from "zod";
import { fileBelowNix } from "./fields.js";

/** nix/lib/module-of.nix finds the module, and refuses a flake that nothing pins. */
const ofFlake = /^(?![-./~])[^\s#]+#[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*$/;

const file = fileBelowNix("nix", "hosts/pi4/configuration.nix");

/** `hosts.NAME.modules` */
export const modules = z
  .array(
    z.union([file, z.string().regex(ofFlake)], {
      error:
        "a .nix file below nix/, such as hosts/pi4/configuration.nix, or a module of another flake, such as " +
        "sops-nix#nixosModules.sops or github:Mic92/sops-nix/REVISION#nixosModules.sops",
    }),
  )
  .default([])
  .describe(
    "NixOS modules besides the common ones: files below nix/, and modules of other flakes as INPUT#nixosModules.NAME.",
  );
