# Stands in for: nixos/modules/system/boot/binfmt.nix.
# Not modelled: registration, which would be the whole machine's; Nix is told that it can build those systems.
{ config, lib, ... }:
let
  cfg = config.boot.binfmt;
in
{
  options.boot.binfmt.emulatedSystems = lib.mkOption {
    type = lib.types.listOf lib.types.str;
    default = [ ];
    example = [ "aarch64-linux" ];
    description = "Systems whose programs are emulated.";
  };
  config = {
    assertions = map (system: {
      assertion = system != config.nixpkgs.hostPlatform.system;
      message = "boot.binfmt.emulatedSystems: ${system} is the system itself";
    }) cfg.emulatedSystems;
    nix.settings.extra-platforms = lib.mkIf (cfg.emulatedSystems != [ ]) cfg.emulatedSystems;
  };
}
