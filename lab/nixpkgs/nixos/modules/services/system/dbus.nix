# Stands in for: nixos/modules/services/system/dbus.nix.
# Not modelled: D-Bus itself, which is Debian's; only that its implementation is a switch inhibitor.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
in
{
  options.services.dbus.implementation = mkOption {
    type = types.enum [
      "dbus"
      "broker"
    ];
    default = "broker";
    description = "The implementation of D-Bus; accepted, not applied.";
  };
  config.system.switch.inhibitors.dbus-implementation = config.services.dbus.implementation;
}
