# Stands in for: raspberry-pi/5 of github:NixOS/nixos-hardware.
# Not modelled: the vendor's kernel.
{
  imports = [ ../common/firmware.nix ];
  boot.initrd.availableKernelModules = [
    "nvme"
    "pcie-brcmstb"
  ];
}
