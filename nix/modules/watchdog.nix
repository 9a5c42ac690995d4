# The board's watchdog resets a Pi whose systemd no longer answers.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.fleet.watchdog;
in
{
  options.fleet.watchdog = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the hardware watchdog is used.";
    };

    seconds = mkOption {
      # The limit of bcm2835_wdt, in all Pis.
      type = types.ints.between 1 15;
      default = 10;
      description = "After how long without a sign of life the board resets itself.";
    };
  };

  config.systemd.settings.Manager = lib.mkIf cfg.enable {
    RuntimeWatchdogSec = "${toString cfg.seconds}s";
    RebootWatchdogSec = "15s";
  };
}
