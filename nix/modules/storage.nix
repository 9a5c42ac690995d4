# An SD card dies of being written: what is written often is kept in memory, or not written.
{
  config,
  lib,
  options,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.fleet.storage;
  lowMemory = config.fleet.lowMemory.enable or false;
in
{
  options.fleet.storage = {
    noatime = mkOption {
      type = types.bool;
      default = true;
      description = "Whether reading a file leaves its access time alone.";
    };

    journal = mkOption {
      type = types.enum [
        "persistent"
        "volatile"
      ];
      default = if lowMemory then "volatile" else "persistent";
      defaultText = lib.literalExpression ''if lowMemory.enable then "volatile" else "persistent"'';
      description = "Whether the journal is on the card, or in memory and lost at a reboot.";
    };

    journalMaxMiB = mkOption {
      type = types.ints.positive;
      default = if cfg.journal == "volatile" then 32 else 256;
      defaultText = lib.literalExpression ''if journal == "volatile" then 32 else 256'';
      example = 64;
      description = "The limit of the journal's size.";
    };

    tmp = mkOption {
      type = types.enum [
        "disk"
        "memory"
      ];
      default = "disk";
      description = "Where /tmp is. In memory it spares the card and takes memory from everything else.";
    };

    tmpSize = mkOption {
      type = types.strMatching "[1-9][0-9]*[%KMG]";
      default = "50%";
      example = "256M";
      description = "The limit of a /tmp in memory.";
    };
  };

  config = {
    fileSystems = lib.mkIf (cfg.noatime && !config.boot.isContainer) {
      "/".options = [ "noatime" ];
    };

    services.journald =
      let
        limit = if cfg.journal == "volatile" then "RuntimeMaxUse" else "SystemMaxUse";
        size = "${toString cfg.journalMaxMiB}M";
      in
      # NixOS 26.05 has lines of text instead.
      if options.services.journald ? settings then
        {
          settings.Journal = {
            Storage = cfg.journal;
            ${limit} = size;
          };
        }
      else
        {
          storage = cfg.journal;
          extraConfig = "${limit}=${size}";
        };

    boot.tmp = lib.mkIf (cfg.tmp == "memory") {
      useTmpfs = true;
      tmpfsSize = cfg.tmpSize;
    };
  };
}
