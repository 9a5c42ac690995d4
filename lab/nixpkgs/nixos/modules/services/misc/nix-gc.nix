# Stands in for: nixos/modules/services/misc/nix-gc.nix and nix-optimise.nix.
# Not modelled: optimisation; `randomizedDelaySec` and `persistent` are passed on to the timer.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.nix.gc;
in
{
  options.nix.gc = {
    automatic = mkOption {
      type = types.bool;
      default = false;
      description = "Whether garbage is collected by a timer.";
    };
    dates = mkOption {
      type = types.either types.singleLineStr (types.listOf types.str);
      apply = lib.toList;
      default = [ "03:15" ];
      example = "weekly";
      description = "When garbage is collected.";
    };
    randomizedDelaySec = mkOption {
      type = types.singleLineStr;
      default = "0";
      description = "The longest random delay.";
    };
    persistent = mkOption {
      type = types.bool;
      default = true;
      description = "Whether a missed run is made up for.";
    };
    options = mkOption {
      type = types.singleLineStr;
      default = "";
      example = "--delete-older-than 30d";
      description = "Options of nix-collect-garbage.";
    };
  };
  config = {
    systemd.services.nix-gc = {
      description = "Nix Garbage Collector";
      script = "exec nix-collect-garbage ${cfg.options}";
      serviceConfig.Type = "oneshot";
      startAt = lib.optionals cfg.automatic cfg.dates;
    };
    systemd.timers.nix-gc = lib.mkIf cfg.automatic {
      timerConfig = {
        RandomizedDelaySec = cfg.randomizedDelaySec;
        Persistent = cfg.persistent;
      };
    };
  };
}
