# The smoke-test Pi: a board on the desk that flashes and debugs what CI has built.
{ pkgs, ... }:
{
  imports = [ ./hardware.nix ];

  # probe-rs, espflash, cargo and rustc, and the right to use the probes.
  fleet.hil.enable = true;

  environment.systemPackages = with pkgs; [
    git
    nano
  ];
}
