# Raspberry Pi Zero 2 W: a Pi 3 with half the memory and no Ethernet, the stock aarch64 SD image.
{
  description = "Raspberry Pi Zero 2 W";
  system = "aarch64-linux";
  module =
    { lib, modulesPath, ... }:
    {
      imports = [
        "${modulesPath}/installer/sd-card/sd-image-aarch64.nix"
        ./common/card.nix
      ];

      # Its only network is Wi-Fi.
      fleet.network.interface = lib.mkDefault "wlan0";
      # 512 MB of memory.
      fleet.lowMemory.enable = lib.mkDefault true;
    };
}
