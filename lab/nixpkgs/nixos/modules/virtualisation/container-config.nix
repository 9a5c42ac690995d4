# Stands in for: nixos/modules/virtualisation/container-config.nix.
# Not modelled: all but sshd; a lab host has no kernel, udev or boot loader of its own anyway.
{ config, lib, ... }:
{
  config = lib.mkIf config.boot.isContainer {
    services.openssh.startWhenNeeded = lib.mkDefault true;
  };
}
