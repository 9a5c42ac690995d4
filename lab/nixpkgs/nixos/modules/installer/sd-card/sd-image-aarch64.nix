# Stands in for: nixos/modules/installer/sd-card/sd-image-aarch64.nix, sd-image.nix and image/file-options.nix.
# Not modelled: an image that boots; `system.build.sdImage` is a file that names the system it would hold.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
in
{
  imports = [ ../../profiles/base.nix ];

  options = {
    sdImage = {
      compressImage = mkOption {
        type = types.bool;
        default = true;
        description = "Whether the image is compressed.";
      };
      firmwareSize = mkOption {
        type = types.int;
        default = 30;
        description = "The size of the firmware partition in MiB.";
      };
      expandOnBoot = mkOption {
        type = types.bool;
        default = true;
        description = "Whether the root partition grows at the first boot.";
      };
      populateFirmwareCommands = mkOption {
        type = types.lines;
        default = "";
        description = "Commands that fill the firmware partition.";
      };
      populateRootCommands = mkOption {
        type = types.lines;
        default = "";
        description = "Commands that fill the root partition.";
      };
    };
    image = {
      baseName = mkOption {
        type = types.str;
        default = "nixos-image-${config.system.nixos.label}-${pkgs.stdenv.hostPlatform.system}";
        description = "The name of the image without its ending.";
      };
      extension = mkOption {
        type = types.str;
        default = "img.zst";
        description = "The ending.";
      };
      fileName = mkOption {
        type = types.str;
        default = "${config.image.baseName}.${config.image.extension}";
        description = "The name of the image.";
      };
    };
  };

  config = {
    boot.loader.grub.enable = false;
    boot.loader.generic-extlinux-compatible.enable = true;
    boot.consoleLogLevel = lib.mkDefault 7;
    boot.kernelParams = [
      "console=ttyS0,115200n8"
      "console=ttyAMA0,115200n8"
      "console=tty0"
    ];
    hardware.enableAllHardware = true;
    fileSystems = {
      "/boot/firmware" = {
        device = "/dev/disk/by-label/FIRMWARE";
        fsType = "vfat";
        options = [
          "nofail"
          "noauto"
        ];
      };
      "/" = {
        device = "/dev/disk/by-label/NIXOS_SD";
        fsType = "ext4";
      };
    };
    system.nixos.tags = [ "sd-card" ];
    image.extension = if config.sdImage.compressImage then "img.zst" else "img";
    system.build.image = config.system.build.sdImage;
    sdImage.populateFirmwareCommands = "cp ${pkgs.ubootRaspberryPiAarch64}/u-boot.bin firmware/u-boot.bin\n";
    system.build.sdImage = pkgs.runCommand config.image.fileName { } ''
      mkdir -p "$out/sd-image"
      echo ${config.system.build.toplevel} > "$out/sd-image/${config.image.fileName}"
    '';
  };
}
