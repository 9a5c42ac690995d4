# A PC, laptop or NAS with UEFI, which runs NixOS already: there is no image. What is in the machine, its file systems
# first of all, is in the hardware-configuration.nix that `nixos-generate-config` made there: one of the host's modules.
{
  description = "PC or NAS with UEFI";
  system = "x86_64-linux";
  module =
    { config, lib, ... }:
    {
      imports = [ ./common/no-usual-interface.nix ];

      boot.loader.systemd-boot = {
        enable = lib.mkDefault true;
        configurationLimit = lib.mkDefault config.fleet.base.generations;
      };
      boot.loader.efi.canTouchEfiVariables = lib.mkDefault true;
      hardware.enableRedistributableFirmware = lib.mkDefault true;
    };
}
