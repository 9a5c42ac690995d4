# Nix itself, how many generations stay, garbage collection, the ssh server.
{
  config,
  lib,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.fleet.base;
in
{
  # These were fleet.NAME. A module that still says so works, with a warning.
  imports = map (name: lib.mkRenamedOptionModule [ "fleet" name ] [ "fleet" "base" name ]) [
    "collectGarbage"
    "garbageDates"
    "generations"
    "revision"
  ];

  options.fleet.board = mkOption {
    type = types.str;
    example = "pi4";
    description = "The name of the board, a file of nix/boards.";
  };

  options.fleet.port = mkOption {
    type = types.nullOr types.port;
    default = null;
    example = 2222;
    description = "The port of the ssh server, which deployments go by too; null for 22. `services.openssh.ports` overrides it, for a Pi that is reached at another port than its own, such as one that a router forwards.";
  };

  options.fleet.base = {
    generations = mkOption {
      type = types.ints.positive;
      default = 10;
      example = 3;
      description = "How many generations of the system are kept and offered at boot.";
    };

    collectGarbage = mkOption {
      type = types.bool;
      default = true;
      description = "Whether old generations and unused store paths are removed, as often as `garbageDates` says.";
    };

    garbageDates = mkOption {
      type = types.singleLineStr;
      default = "weekly";
      example = "Sun 04:00";
      description = "When garbage is collected, as systemd.time(7) has it.";
    };

    revision = mkOption {
      type = types.nullOr (types.strMatching "[A-Za-z0-9._+-]{1,64}");
      default = null;
      example = "4d1f0c9";
      description = "The revision that `nixos-version --configuration-revision` tells; null for none. It is part of the system, so a new one changes every Pi that has it.";
    };
  };

  config = {
    nix.settings.experimental-features = [
      "nix-command"
      "flakes"
    ];
    nix.channel.enable = false;

    nix.gc = {
      automatic = cfg.collectGarbage;
      dates = cfg.garbageDates;
      # A fleet on one switch should not wake up at the same second.
      randomizedDelaySec = lib.mkDefault "1h";
    };
    # By number, not by age: a Pi that was off for a year still has something to return to.
    systemd.services.nix-gc.preStart = lib.mkIf cfg.collectGarbage ''
      ${config.nix.package}/bin/nix-env --profile /nix/var/nix/profiles/system --delete-generations +${toString cfg.generations}
    '';
    boot.loader.generic-extlinux-compatible.configurationLimit = lib.mkDefault cfg.generations;

    services.openssh = {
      enable = true;
      ports = lib.mkIf (config.fleet.port != null) (lib.mkDefault [ config.fleet.port ]);
      settings = {
        PasswordAuthentication = false;
        KbdInteractiveAuthentication = false;
      };
    };

    system.configurationRevision = lib.mkIf (cfg.revision != null) cfg.revision;
    system.stateVersion = lib.mkDefault "25.11";
  };
}
