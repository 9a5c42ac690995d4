# Stands in for: nixos/modules/installer/sd-card/sd-image-aarch64.nix.
# Not modelled: real firmware: its files have their names and a word in them.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  configTxt = pkgs.writeText "config.txt" ''
    kernel=u-boot.bin
    arm_64bit=1
    enable_uart=1
    avoid_warnings=1

    [pi3]
    core_freq=250

    [pi4]
    enable_gic=1
    armstub=armstub8-gic.bin
    disable_overscan=1
    arm_boost=1

    [pi5]
    enable_uart=0
  '';
in
{
  imports = [
    ../../profiles/base.nix
    ./sd-image.nix
  ];

  boot.loader.grub.enable = false;
  boot.loader.generic-extlinux-compatible.enable = true;
  boot.consoleLogLevel = lib.mkDefault 7;
  boot.kernelParams = [
    "console=ttyS0,115200n8"
    "console=ttyAMA0,115200n8"
    "console=tty0"
  ];
  sdImage.populateFirmwareCommands = ''
    (cd ${pkgs.raspberrypifw}/share/raspberrypi/boot && cp bootcode.bin fixup*.dat start*.elf *.dtb "$NIX_BUILD_TOP/firmware/")
    cp ${pkgs.ubootRaspberryPiAarch64}/u-boot.bin firmware/u-boot.bin
    cp ${configTxt} firmware/config.txt
    cp ${pkgs.raspberrypi-armstubs}/armstub8-gic.bin firmware/armstub8-gic.bin
  '';
  sdImage.populateRootCommands = ''
    mkdir -p ./files/boot
    ${config.boot.loader.generic-extlinux-compatible.populateCmd} -c ${config.system.build.toplevel} -d ./files/boot
  '';
}
