# Raspberry Pi 2 B (BCM2836): 32 bits, the stock armv7l image.
{
  description = "Raspberry Pi 2";
  system = "armv7l-linux";
  warning = "there is no public cache of armv7l: everything is compiled, for hours or days";
  module =
    {
      lib,
      modulesPath,
      options,
      pkgs,
      ...
    }:
    {
      imports = [
        "${modulesPath}/installer/sd-card/sd-image-armv7l-multiplatform.nix"
        ./common/card.nix
        ./common/no-usual-interface.nix
      ];

      config = lib.mkMerge [
        # 1 GB of memory.
        { fleet.lowMemory.enable = lib.mkDefault true; }

        # nixos-hardware's own is that of 64 bits.
        (lib.optionalAttrs (options ? hardware.raspberry-pi.firmware.uboot) {
          hardware.raspberry-pi.firmware.uboot.package = lib.mkDefault pkgs.ubootRaspberryPi2;
        })
      ];
    };
}
