# Stands in for: nixos/modules/misc/nixpkgs.nix.
# Not modelled: `config`, `overlays`, elaborated platforms.
{ config, lib, ... }:
let
  platform = lib.mkOption {
    type = lib.types.either lib.types.str lib.types.attrs;
    apply = given: if builtins.isString given then { system = given; } else given;
    example = "aarch64-linux";
    description = "The platform, by its system name.";
  };
in
{
  options.nixpkgs = {
    hostPlatform = platform // {
      default = config.nixpkgs.system;
    };
    buildPlatform = platform // {
      default = config.nixpkgs.hostPlatform;
    };
    system = lib.mkOption {
      type = lib.types.str;
      description = "The platform of the host, in the old form.";
    };
    config = lib.mkOption {
      type = lib.types.attrs;
      default = { };
      description = "Configuration of the package set; ignored here.";
    };
    overlays = lib.mkOption {
      type = lib.types.listOf lib.types.raw;
      default = [ ];
      description = "Changes of the package set; ignored here.";
    };
  };

  config._module.args.pkgs = import ../../../pkgs {
    inherit (config.nixpkgs.hostPlatform) system;
    buildSystem = config.nixpkgs.buildPlatform.system;
    inherit lib;
  };
}
