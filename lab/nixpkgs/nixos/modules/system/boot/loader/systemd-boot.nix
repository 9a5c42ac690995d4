# Stands in for: nixos/modules/system/boot/loader/systemd-boot/systemd-boot.nix and loader/efi.nix.
# Not modelled: the boot loader; see loader.nix.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
in
{
  options.boot.loader = {
    systemd-boot = {
      enable = mkOption {
        type = types.bool;
        default = false;
        description = "Whether systemd-boot is the boot loader.";
      };
      configurationLimit = mkOption {
        type = types.nullOr types.int;
        default = null;
        description = "How many generations are in the boot menu.";
      };
    };
    efi.canTouchEfiVariables = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the firmware's variables are written.";
    };
  };
  config.boot.loader.grub.enable = lib.mkIf config.boot.loader.systemd-boot.enable (
    lib.mkDefault false
  );
}
