# Nix itself, how many generations stay, garbage collection, the ssh server.
{
  config,
  lib,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.fleet;
in
{
  options.fleet = {
    board = mkOption {
      type = types.str;
      example = "pi4";
      description = "The name of the board, a file of nix/boards.";
    };

    generations = mkOption {
      type = types.ints.positive;
      default = 10;
      example = 3;
      description = "How many generations of the system are kept and offered at boot.";
    };

    collectGarbage = mkOption {
      type = types.bool;
      default = true;
      description = "Whether old generations and unused store paths are removed every week.";
    };
  };

  config = {
    nix.settings = {
      experimental-features = [
        "nix-command"
        "flakes"
      ];
      # Builds happen elsewhere; a Pi that must build keeps its head above water.
      max-jobs = lib.mkDefault 1;
    };
    nix.channel.enable = false;

    nix.gc = {
      automatic = cfg.collectGarbage;
      dates = lib.mkDefault "weekly";
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
      settings = {
        PasswordAuthentication = false;
        KbdInteractiveAuthentication = false;
        PermitRootLogin = "no";
      };
    };

    system.stateVersion = lib.mkDefault "25.11";
  };
}
