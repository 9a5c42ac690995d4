# A GitHub Actions runner that registers when it gets a token and stays quiet until then.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.fleet.runner;
  tokenFile = "/var/lib/github-runner/.runner_token";
in
{
  options.fleet.runner = mkOption {
    default = null;
    example = {
      name = "pi4-smoke-test";
      url = "https://github.com/owner/repo";
      labels = [ "pi4" ];
    };
    description = "The runner on this Pi, or null for none. Its token is delivered to ${tokenFile}.";
    type = types.nullOr (
      types.submodule {
        options = {
          name = mkOption {
            type = types.strMatching "[A-Za-z0-9._-]{1,64}";
            description = "The runner's name, on GitHub and in github-runner-NAME.service.";
          };
          url = mkOption {
            type = types.strMatching "https://.+/.+";
            example = "https://github.com/owner/repo";
            description = "The repository or organisation that it serves.";
          };
          labels = mkOption {
            type = types.listOf types.str;
            default = [ ];
            description = "Labels besides self-hosted, Linux and the architecture.";
          };
          group = mkOption {
            type = types.nullOr types.str;
            default = null;
            example = "hardware";
            description = "The runner group of an organisation; null is the default one.";
          };
        };
      }
    );
  };

  config = lib.mkIf (cfg != null) {
    services.github-runners.${cfg.name} = {
      enable = true;
      inherit (cfg) name url;
      inherit tokenFile;
      extraLabels = cfg.labels;
      runnerGroup = cfg.group;
      # A reflashed Pi takes its old name again.
      replace = true;
    };

    systemd.services."github-runner-${cfg.name}" = {
      # Without a token it would fail, and a failed unit undoes a deployment.
      unitConfig.ConditionPathExists = tokenFile;
      # Registration at boot fails while there is no network yet; the module itself never tries again.
      serviceConfig = {
        Restart = lib.mkForce "on-failure";
        RestartSec = 30;
      };
      startLimitIntervalSec = 0;
    };
  };
}
