# Stands in for: nixos/modules/misc/documentation.nix.
# Not modelled: documentation.
{ lib, ... }:
{
  options.documentation.enable = lib.mkOption {
    type = lib.types.bool;
    default = true;
    description = "Whether documentation of packages is installed; accepted, not applied.";
  };
}
