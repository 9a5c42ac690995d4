# minimal: nothing that a headless machine can do without.
{ lib, ... }:
{
  environment.defaultPackages = lib.mkDefault [ ];
  documentation.enable = lib.mkDefault false;
}
