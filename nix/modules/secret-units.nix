# What becomes of units when the deployer brings another secret. The modules that use secrets import it.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
in
{
  options.fleet.secretUnits = mkOption {
    type = types.lines;
    default = "";
    internal = true;
    description = "`FILE restart|start UNIT`, one a line. `restart` leaves a unit alone that does not run.";
  };

  # components/on-pi/secrets.sh reads it, so that whoever delivers a secret does not choose the units.
  config.environment.etc."pi-fleet/secret-units".text = config.fleet.secretUnits;
}
