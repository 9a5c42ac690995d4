# Stands in for: nixos/modules/system/boot/loader/generic-extlinux-compatible/default.nix.
# Not modelled: `mirroredBoots`; `hardware.deviceTree`. A lab host without a boot loader of its own keeps the link of
# loader.nix: `lab.bootLoader` says which.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.boot.loader.generic-extlinux-compatible;
  inherit (config.boot.loader) timeout;

  # On the Pi, and for an image, where the machine that builds runs it.
  builder =
    busybox:
    pkgs.writeText "extlinux-conf-builder.sh" ''
      ${pkgs.shellPreludeOf busybox}
      ${builtins.readFile ./extlinux-conf-builder.sh}
    '';
  arguments =
    "-g ${toString cfg.configurationLimit} -t ${if timeout == null then "-1" else toString timeout}"
    + lib.optionalString (!cfg.useGenerationDeviceTree) " -r";
in
{
  options.boot.loader.generic-extlinux-compatible = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether an extlinux.conf is written, which U-Boot reads.";
    };
    configurationLimit = mkOption {
      type = types.int;
      default = 20;
      example = 10;
      description = "How many generations are in the boot menu.";
    };
    useGenerationDeviceTree = mkOption {
      type = types.bool;
      default = true;
      description = "Whether U-Boot takes the device tree of the generation's kernel.";
    };
    populateCmd = mkOption {
      type = types.str;
      readOnly = true;
      description = "The command that fills /boot of an image, but for its -c and -d.";
    };
  };

  config = {
    # Without `enable` too, since top-level.nix looks at every option of boot loaders.
    boot.loader.generic-extlinux-compatible.populateCmd = "${pkgs.buildBusybox}/bin/sh ${builder pkgs.buildBusybox} ${arguments}";
    lab.installExtlinux = lib.mkIf cfg.enable (
      pkgs.writeShellScript "install-extlinux-conf.sh" ''
        set -e
        ${pkgs.busybox}/bin/sh ${builder pkgs.busybox} ${arguments} -d /boot -c "$@"
      ''
    );
  };
}
