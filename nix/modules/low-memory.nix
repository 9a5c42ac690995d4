# A Pi with 512 MB or 1 GB stays up: compressed swap in memory, a swap file if asked for, no documentation.
{ config, lib, ... }:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.fleet.lowMemory;
in
{
  options.fleet.lowMemory = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the system is made for little memory. On by default on boards with 1 GB or less.";
    };

    zramPercent = mkOption {
      type = types.ints.between 0 400;
      default = 100;
      example = 150;
      description = "How much may be swapped to compressed memory, in per cent of the memory; 0 is no zram.";
    };

    swapFileMiB = mkOption {
      type = types.nullOr types.ints.positive;
      default = null;
      example = 2048;
      description = "The size of a swap file on the card, used after zram; null is none. It wears the card.";
    };

    documentation = mkOption {
      type = types.bool;
      default = false;
      description = "Whether manuals are installed all the same.";
    };
  };

  config = mkIf cfg.enable {
    zramSwap = mkIf (cfg.zramPercent > 0) {
      enable = true;
      memoryPercent = cfg.zramPercent;
    };
    swapDevices = lib.optional (cfg.swapFileMiB != null) {
      device = "/var/lib/swapfile";
      size = cfg.swapFileMiB;
    };
    documentation.enable = mkIf (!cfg.documentation) (lib.mkDefault false);
  };
}
