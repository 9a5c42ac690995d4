# Raspberry Pi 3 B, 3 B+ and 3 A+: mainline kernel, U-Boot, the stock aarch64 SD image.
{
  description = "Raspberry Pi 3";
  system = "aarch64-linux";
  module =
    { lib, modulesPath, ... }:
    {
      imports = [
        "${modulesPath}/installer/sd-card/sd-image-aarch64.nix"
        ./common/card.nix
        ./common/no-usual-interface.nix
      ];

      # 1 GB of memory.
      fleet.lowMemory.enable = lib.mkDefault true;
    };
}
