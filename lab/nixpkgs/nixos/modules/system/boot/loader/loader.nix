# Stands in for: nixos/modules/system/boot/loader/: grub, generic-extlinux-compatible and the interface of both.
# Not modelled: any boot loader. What would boot next is the link /boot/lab-default; a lab host starts that.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  flag =
    default: description:
    mkOption {
      type = types.bool;
      inherit default description;
    };
in
{
  options = {
    boot.loader = {
      grub.enable = flag (!config.boot.isContainer) "Whether GRUB is the boot loader.";
      grub.devices = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "Where GRUB is installed.";
      };
      generic-extlinux-compatible = {
        enable = flag false "Whether an extlinux.conf is written, which U-Boot reads.";
        configurationLimit = mkOption {
          type = types.int;
          default = 20;
          example = 10;
          description = "How many generations are in the boot menu.";
        };
      };
      timeout = mkOption {
        type = types.nullOr types.int;
        default = 5;
        description = "Seconds before the default is booted.";
      };
    };
    system.build = mkOption {
      type = types.lazyAttrsOf types.unspecified;
      default = { };
      description = "Derivations of the system, by name.";
    };
  };

  config.system.build.installBootLoader = pkgs.writeShellScript "install-lab-default" ''
    set -e
    mkdir -p /boot
    ln -sfn "$1" /boot/lab-default.tmp
    mv -fT /boot/lab-default.tmp /boot/lab-default
  '';
  config.assertions = [
    {
      assertion = config.boot.loader.grub.enable -> config.boot.loader.grub.devices != [ ];
      message = "You must set the option ‘boot.loader.grub.devices’ or 'boot.loader.grub.mirroredBoots' to make the system bootable.";
    }
  ];
}
