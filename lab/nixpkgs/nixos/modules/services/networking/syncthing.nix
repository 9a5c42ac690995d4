# Stands in for: nixos/modules/services/networking/syncthing.nix.
# Not modelled: Syncthing.
{ lib, ... }:
{
  options.services.syncthing.enable = lib.mkOption {
    type = lib.types.bool;
    default = false;
    description = "Whether Syncthing runs; accepted, not applied.";
  };
}
