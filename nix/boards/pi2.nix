# Raspberry Pi 2 B (BCM2836): 32 bits, the stock armv7l image.
{
  description = "Raspberry Pi 2";
  system = "armv7l-linux";
  warning = "there is no public cache of armv7l: everything is compiled, for hours or days";
  module =
    { lib, modulesPath, ... }:
    {
      imports = [ "${modulesPath}/installer/sd-card/sd-image-armv7l-multiplatform.nix" ];

      hardware.enableRedistributableFirmware = true;
      # 1 GB of memory.
      fleet.lowMemory.enable = lib.mkDefault true;
    };
}
