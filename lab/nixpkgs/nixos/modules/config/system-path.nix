# Stands in for: nixos/modules/config/system-path.nix and shells-environment.nix.
# Not modelled: the required packages of NixOS (a lab host has Debian's), setuid wrappers, shell initialisation.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
in
{
  options = {
    environment.systemPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages in /run/current-system/sw.";
    };
    environment.defaultPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages that are only there for convenience.";
    };
    system.path = mkOption {
      type = types.package;
      internal = true;
      description = "The packages of the system in one tree.";
    };
  };
  config.system.path = pkgs.symlinkJoin {
    name = "system-path";
    paths = config.environment.systemPackages ++ config.environment.defaultPackages;
  };
}
