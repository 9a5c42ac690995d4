# The smoke-test Pi: a board on the desk that flashes and debugs what CI has built.
{ pkgs, ... }:
{
  imports = [ ./hardware.nix ];

  environment.systemPackages = with pkgs; [
    probe-rs-tools
    cargo
    rustc
    espflash
    git
    nano
  ];
}
