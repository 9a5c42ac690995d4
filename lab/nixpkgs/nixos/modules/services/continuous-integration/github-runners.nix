# Stands in for: nixos/modules/services/continuous-integration/github-runner/{options,service}.nix.
# Not modelled: the real runner and its protocol. The unit wipes its state when configuration or token differ, registers
# with the lab's GitHub and takes jobs (pkgs/Runner.Listener.sh); the sandbox settings of the real unit are left out.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  flag =
    default: description:
    mkOption {
      type = types.bool;
      inherit default description;
    };
  optionalText =
    default: description:
    mkOption {
      type = types.nullOr types.str;
      inherit default description;
    };

  runnerOptions =
    { name, ... }:
    {
      options = {
        enable = flag false "Whether the runner runs.";
        url = mkOption {
          type = types.str;
          example = "https://github.com/nixos/nixpkgs";
          description = "The repository or organisation.";
        };
        tokenFile = mkOption {
          type = types.path;
          example = "/run/secrets/github-runner/nixos.token";
          description = "The file with the token.";
        };
        tokenType = mkOption {
          type = types.enum [
            "auto"
            "access"
            "registration"
          ];
          default = "auto";
          description = "What the token is.";
        };
        name = optionalText name "The runner's name.";
        runnerGroup = optionalText null "The runner's group.";
        extraLabels = mkOption {
          type = types.listOf types.str;
          default = [ ];
          description = "Labels besides the default ones.";
        };
        noDefaultLabels = flag false "Whether the default labels are left out.";
        replace = flag false "Whether a runner of the same name is replaced.";
        extraPackages = mkOption {
          type = types.listOf types.package;
          default = [ ];
          description = "Packages that jobs find.";
        };
        extraEnvironment = mkOption {
          type = types.attrs;
          default = { };
          description = "Environment variables of jobs.";
        };
        serviceOverrides = mkOption {
          type = types.attrs;
          default = { };
          description = "Settings of the unit.";
        };
        package = mkOption {
          type = types.package;
          default = pkgs.github-runner;
          description = "The runner.";
        };
        ephemeral = flag false "Whether the runner takes one job.";
        user = optionalText null "The account that it runs as.";
        group = optionalText null "The group that it runs as.";
        workDir = optionalText null "Where jobs work.";
      };
    };

  service =
    attr: cfg:
    let
      labels = lib.optionals (!cfg.noDefaultLabels) [ "self-hosted" ] ++ cfg.extraLabels;
      registration = ''
        name=${cfg.name}
        url=${cfg.url}
        labels=${lib.concatStringsSep "," labels}
        group=${if cfg.runnerGroup == null then "" else cfg.runnerGroup}
        replace=${if cfg.replace then "1" else ""}
        ephemeral=${if cfg.ephemeral then "1" else ""}
        tokenFile=${toString cfg.tokenFile}
        workDir=${if cfg.workDir == null then "" else cfg.workDir}
      '';
    in
    {
      description = "GitHub Actions runner";
      wantedBy = [ "multi-user.target" ];
      wants = [ "network-online.target" ];
      after = [
        "network.target"
        "network-online.target"
      ];
      environment = {
        HOME = if cfg.workDir == null then "%t/github-runner/${attr}" else cfg.workDir;
        RUNNER_ROOT = "%S/github-runner/${attr}";
      }
      // cfg.extraEnvironment;
      path = cfg.extraPackages;
      serviceConfig = lib.mkMerge [
        {
          ExecStart = "${cfg.package}/bin/Runner.Listener run --startuptype service";
          ExecStartPre = [
            "${pkgs.writeShellScript "github-runner-configure" (builtins.readFile ./github-runner-configure.sh)} ${lib.escapeShellArg cfg.tokenFile} ${pkgs.writeText "github-runner-config" registration} ${cfg.package.version}"
          ];
          Restart = if cfg.ephemeral then "on-success" else "no";
          RestartForceExitStatus = [ 2 ];
          StateDirectory = [ "github-runner/${attr}" ];
          StateDirectoryMode = "0700";
          RuntimeDirectory = [ "github-runner/${attr}" ];
          LogsDirectory = [ "github-runner/${attr}" ];
          KillSignal = "SIGINT";
        }
        (lib.mkIf (cfg.user != null) { User = cfg.user; })
        cfg.serviceOverrides
      ];
    };
in
{
  options.services.github-runners = mkOption {
    type = types.attrsOf (types.submodule runnerOptions);
    default = { };
    description = "GitHub runners.";
  };
  config.systemd.services = lib.mapAttrs' (
    attr: cfg: lib.nameValuePair "github-runner-${attr}" (service attr cfg)
  ) (lib.filterAttrs (_: cfg: cfg.enable) config.services.github-runners);
}
