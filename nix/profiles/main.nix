# main: a machine that somebody works on: files in step with the others.
{ lib, ... }:
{
  services.syncthing.enable = lib.mkDefault true;
}
