# Stands in for: raspberry-pi/5 of github:NixOS/nixos-hardware, with raspberry-pi/common/firmware.nix.
# Not modelled: the vendor's kernel, config.txt, U-Boot.
{ lib, ... }:
let
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
  };
  config.boot.initrd.availableKernelModules = [
    "nvme"
    "pcie-brcmstb"
  ];
}
