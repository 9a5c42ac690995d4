# Stands in for: raspberry-pi/common of github:NixOS/nixos-hardware: what fills the firmware partition.
# Not modelled: the options of config.txt, overlays, the activation script that fills it on a running system.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  cfg = config.hardware.raspberry-pi.firmware;
  flag =
    description:
    lib.mkOption {
      type = lib.types.bool;
      default = false;
      inherit description;
    };
in
{
  options.hardware.raspberry-pi.firmware = {
    enable = flag "Whether each switch writes the firmware partition.";
    uboot.enable = flag "Whether the firmware starts U-Boot.";
    uboot.package = lib.mkOption {
      type = lib.types.package;
      default = pkgs.ubootRaspberryPiAarch64;
      description = "The U-Boot.";
    };
  };
  config = lib.optionalAttrs (options ? sdImage) {
    sdImage.populateFirmwareCommands = lib.mkForce ''
      cp ${pkgs.raspberrypifw}/share/raspberrypi/boot/* firmware/
      echo "${lib.optionalString cfg.uboot.enable "kernel=u-boot.bin"}" > firmware/config.txt
      ${lib.optionalString cfg.uboot.enable "cp ${cfg.uboot.package}/u-boot.bin firmware/u-boot.bin"}
    '';
  };
}
