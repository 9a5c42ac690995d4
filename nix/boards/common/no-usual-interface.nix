# A board whose Ethernet has no name of its own: on a Pi 2 and Pi 3 it is a USB device, named after its place or its
# address, and PCs differ.
{ config, lib, ... }:
{
  # Only a static address reads it.
  fleet.network.interface = lib.mkDefault (
    throw "fleet.network.interface of ${config.networking.hostName}: a static address needs it on this board, since the interface's name differs from one to the next; see `ip link` there"
  );
}
