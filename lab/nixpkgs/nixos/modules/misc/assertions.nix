# Stands in for: nixos/modules/misc/assertions.nix.
# Not modelled: nothing that we know of.
{ lib, ... }:
{
  options = {
    assertions = lib.mkOption {
      type = lib.types.listOf lib.types.unspecified;
      internal = true;
      default = [ ];
      description = "What must hold, with the message for when it does not.";
    };
    warnings = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      internal = true;
      default = [ ];
      description = "Messages shown when the system is evaluated.";
    };
  };
}
