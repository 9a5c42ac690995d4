# network: a machine of the tailnet.
{ lib, ... }:
{
  fleet.network.tailscale.enable = lib.mkDefault true;
}
