# Stands in for: nixos/modules/installer/sd-card/sd-image-armv7l-multiplatform.nix.
# Not modelled: what sd-image-aarch64.nix beside it does not model; the consoles of other boards.
{ pkgs, ... }:
{
  imports = [ ./sd-image-aarch64.nix ];
  boot.kernelPackages = pkgs.linuxPackages_latest;
}
