# Raspberry Pi 4 and 400: mainline kernel, U-Boot, the stock aarch64 SD image.
{
  description = "Raspberry Pi 4";
  system = "aarch64-linux";
  module =
    { modulesPath, ... }:
    {
      imports = [
        "${modulesPath}/installer/sd-card/sd-image-aarch64.nix"
        ./common/card.nix
      ];
    };
}
