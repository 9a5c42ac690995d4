# What all boards with an SD card have, besides nixpkgs' own image.
{ lib, options, ... }:
{
  # The installer's profile, which the image imports: ZFS, for which some kernels are too new and others have to compile
  # it, the tools of eight more file systems, and programs such as w3m, testdisk and vim. A file system that
  # `fileSystems` names is there all the same.
  disabledModules = [ "profiles/base.nix" ];

  config = lib.mkMerge [
    # Wi-Fi, Bluetooth and the video core need it.
    { hardware.enableRedistributableFirmware = true; }

    { fleet.firstBoot.enable = lib.mkDefault true; }

    # A module of nixos-hardware fills the firmware partition anew, by default without the U-Boot that reads the
    # generations: such a card would not boot.
    (lib.optionalAttrs (options ? hardware.raspberry-pi.firmware.uboot) {
      hardware.raspberry-pi.firmware.uboot.enable = lib.mkDefault true;
    })
  ];
}
