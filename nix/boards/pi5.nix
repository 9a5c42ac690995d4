# Raspberry Pi 5 and 500. The stock aarch64 image has their device trees and a [pi5] section, and U-Boot starts from the
# card, not from USB or NVMe. What it lacks is in nixos-hardware: the initrd's modules for this board's own chip (RP1)
# and the vendor's kernel, which knows all of the hardware and is in no public cache. nixos-hardware's modules also fit
# nixpkgs' kernel, which is in the cache: `boot.kernelPackages = pkgs.linuxPackages;` in a module of the host takes it.
# Neither kernel was tried on a Pi 5 here.
{
  description = "Raspberry Pi 5";
  system = "aarch64-linux";
  warning = "the vendor's kernel is in no public cache: its first build takes an hour, and many by emulation";
  module =
    { modulesPath, nixos-hardware, ... }:
    {
      imports = [
        "${modulesPath}/installer/sd-card/sd-image-aarch64.nix"
        "${nixos-hardware}/raspberry-pi/5"
        ./common/card.nix
      ];

      # The image's list of modules is that of nixpkgs' kernel; the vendor's lacks some of them.
      boot.initrd.allowMissingModules = true;
    };
}
