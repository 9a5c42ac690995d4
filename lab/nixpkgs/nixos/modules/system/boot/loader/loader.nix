# Stands in for: nixos/modules/system/boot/loader/: grub and the interface of all.
# Not modelled: GRUB. What boots next is the link /boot/lab-default, which a lab host without a boot loader starts. One
# with U-Boot has generic-extlinux-compatible/ beside this file.
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
      timeout = mkOption {
        type = types.nullOr types.int;
        default = 5;
        description = "Seconds before the default is booted.";
      };
    };
    lab.bootLoader = mkOption {
      type = types.enum [
        "link"
        "extlinux"
      ];
      internal = true;
      default = "link";
      description = "What boots this host of the lab.";
    };
    lab.installExtlinux = mkOption {
      type = types.package;
      internal = true;
      description = "What installs the extlinux.conf of a system.";
    };
    system.build = mkOption {
      type = types.lazyAttrsOf types.unspecified;
      default = { };
      description = "Derivations of the system, by name.";
    };
  };

  config.system.build.installBootLoader =
    if config.lab.bootLoader == "extlinux" then
      config.lab.installExtlinux
    else
      pkgs.writeShellScript "install-lab-default" ''
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
