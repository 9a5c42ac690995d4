# common: the tools that one expects on any machine one logs in to.
{ pkgs, ... }:
{
  environment.systemPackages = with pkgs; [
    curl
    git
    htop
    nano
    usbutils
  ];
}
