# Stands in for: raspberry-pi/2 of github:NixOS/nixos-hardware.
# Not modelled: the vendor's kernel, the options for its hats.
{
  imports = [ ../common/firmware.nix ];
}
