# Stands in for: nixos/modules/profiles/base.nix.
# Not modelled: most of its programs.
{ lib, pkgs, ... }:
{
  boot.supportedFilesystems = {
    btrfs = true;
    cifs = true;
    f2fs = true;
    ntfs = true;
    vfat = true;
    xfs = true;
    zfs = lib.mkDefault true;
  };
  environment.systemPackages = [
    pkgs.testdisk
    pkgs.vim
    pkgs.w3m-nographics
  ];
}
