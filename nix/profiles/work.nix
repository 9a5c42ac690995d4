# work: boards are flashed and debugged here.
{ lib, ... }:
{
  fleet.hil.enable = lib.mkDefault true;
}
