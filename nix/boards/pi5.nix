# Raspberry Pi 5 and 500: the stock aarch64 image knows neither; nixos-hardware brings the vendor's kernel and fills
# the firmware partition, with U-Boot, which boots from the SD card and not from USB or NVMe.
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
      ];

      hardware.raspberry-pi.firmware.uboot.enable = true;
      hardware.enableRedistributableFirmware = true;
      # The image's list of modules is that of nixpkgs' kernel; the vendor's lacks some of them.
      boot.initrd.allowMissingModules = true;
    };
}
