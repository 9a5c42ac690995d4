# Stands in for: nixos/modules/config/zram.nix.
# Not modelled: zram-generator and the swap it would make, which would be the whole machine's; its file is written.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.zramSwap;
in
{
  options.zramSwap = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether there is swap in compressed memory.";
    };
    memoryPercent = mkOption {
      type = types.int;
      default = 50;
      description = "Its limit in per cent of the memory.";
    };
    algorithm = mkOption {
      type = types.str;
      default = "zstd";
      description = "How it is compressed.";
    };
    priority = mkOption {
      type = types.int;
      default = 5;
      description = "Its priority.";
    };
  };
  config.environment.etc."systemd/zram-generator.conf" = lib.mkIf cfg.enable {
    text = ''
      [zram0]
      compression-algorithm=${cfg.algorithm}
      swap-priority=${toString cfg.priority}
      zram-size=${toString cfg.memoryPercent} / 100 * ram
    '';
  };
}
