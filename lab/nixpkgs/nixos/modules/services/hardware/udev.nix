# Stands in for: nixos/modules/services/hardware/udev.nix.
# Not modelled: udevd, which a lab host has none of; the check of the rules; rules of packages.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.services.udev;
in
{
  options.services.udev = {
    extraRules = mkOption {
      type = types.lines;
      default = "";
      description = "Rules, after those of packages.";
    };
    packages = mkOption {
      type = types.listOf types.path;
      default = [ ];
      description = "Packages with rules; accepted, not read.";
    };
  };
  config.environment.etc."udev/rules.d/99-local.rules" = lib.mkIf (cfg.extraRules != "") {
    text = cfg.extraRules;
  };
}
