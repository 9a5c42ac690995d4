# GitHub Actions runners that register when they get a token, stay quiet until then, and can touch the hardware.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.fleet;
  runners = lib.optional (cfg.runner != null) cfg.runner ++ cfg.runners;
  unit = runner: "github-runner-${runner.name}";

  runnerType = types.submodule {
    options = {
      name = mkOption {
        type = types.strMatching "[A-Za-z0-9._-]{1,64}";
        description = "The runner's name, on GitHub and in github-runner-NAME.service.";
      };
      url = mkOption {
        type = types.strMatching "https?://.+/.+";
        example = "https://github.com/owner/repo";
        description = "The repository, organisation or enterprise that it serves.";
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
      tokenFile = mkOption {
        type = types.str;
        default = "/var/lib/github-runner/.runner_token";
        description = "Where its token is delivered.";
      };
      tokenType = mkOption {
        type = types.enum [
          "auto"
          "access"
          "registration"
        ];
        default = "auto";
        description = "What the token is; GitHub App tokens can't be told by their prefix.";
      };
      registration = mkOption {
        type = types.nullOr (types.strMatching "[0-9a-f]+");
        default = null;
        description = ''
          Names what the runner registers with (name, url, labels, …). The runner starts only after a token was
          delivered for exactly this: a token of before is spent, and with it the runner would wipe its state and fail.
        '';
      };
      ephemeral = mkOption {
        type = types.bool;
        default = false;
        description = "Whether it registers anew for each job; its token must last (a personal access token).";
      };
      justInTime = mkOption {
        type = types.bool;
        default = false;
        description = ''
          Whether `tokenFile` is no token but the line `ACTIONS_RUNNER_INPUT_JITCONFIG=…`: a registration that GitHub made
          for one job. After it the runner stays off until another one is delivered.
        '';
      };
      workDir = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = "/var/lib/github-runner-work/pi4";
        description = "Where jobs work; null is memory (/run), which a Pi has little of.";
      };
      hardware = mkOption {
        type = types.bool;
        default = true;
        description = "Whether jobs reach USB probes and serial ports.";
      };
      interruptJobs = mkOption {
        type = types.bool;
        default = false;
        description = "Whether a new system restarts it at once; else when its job has ended.";
      };
    };
  };

  # What the module's sandbox hides from jobs: DeviceAllow is a white list, PrivateDevices and PrivateUsers are on.
  hardwareAccess = {
    PrivateDevices = false;
    PrivateUsers = false;
    DeviceAllow = [
      "char-usb_device rw"
      "char-ttyACM rw"
      "char-ttyUSB rw"
      "char-hidraw rw"
    ];
    SupplementaryGroups = [
      "dialout"
      "plugdev"
    ];
  };

  script =
    name: text:
    "+${pkgs.writeShellScript name "PATH=/run/current-system/sw/bin:/usr/bin:/bin\n${text}"}";

  # Nothing is configured before the start. The runner reads its whole registration from one variable, unsets it and
  # writes it to its root (actions/runner, CommandSettings.cs and Runner.cs); systemd reads the file as root, so that it
  # is in no argv. A restart before the job begins with the same registration, which GitHub keeps for a day.
  justInTime = runner: {
    EnvironmentFile = runner.tokenFile;
    ExecStartPre = lib.mkForce (
      lib.optional (runner.workDir != null) (
        script "clean-work" "find -H ${lib.escapeShellArg runner.workDir} -mindepth 1 -delete"
      )
    );
    # The module's own list names a file that only its configuration script makes.
    InaccessiblePaths = lib.mkForce [ "-${runner.tokenFile}" ];
    # After the job the runner removes its .runner and ends with 0; when it is stopped, it keeps it.
    ExecStopPost = script "spent-runner" ''
      if [ "$EXIT_STATUS" = 0 ] && [ ! -e /var/lib/github-runner/${runner.name}/.runner ]; then
        rm -f ${lib.escapeShellArg runner.tokenFile}
        touch /var/lib/pi-fleet/runners/${runner.name}/.done
      fi
    '';
  };

  runnerService = runner: {
    # Without its token it would fail, and a failed unit undoes a deployment.
    unitConfig.ConditionPathExists = [
      runner.tokenFile
    ]
    ++ lib.optional (
      runner.registration != null
    ) "/var/lib/pi-fleet/runners/${runner.name}/${runner.registration}";
    # Registration at boot fails while there is no network yet; the module itself never tries again.
    serviceConfig = lib.mkMerge [
      {
        Restart = lib.mkForce (if runner.ephemeral then "always" else "on-failure");
        RestartSec = if runner.ephemeral then 5 else 30;
      }
      (lib.mkIf runner.justInTime (justInTime runner))
    ];
    startLimitIntervalSec = 0;
    restartIfChanged = runner.interruptJobs;
  };

  # Restarts a runner whose unit changed, when no job runs. A deployment does not depend on it. After a boot, and when
  # the runner itself is new, there is nothing to restart: the mark in /run is missing then.
  refreshService = runner: {
    description = "Restart of ${unit runner} between two jobs";
    wantedBy = [ "multi-user.target" ];
    restartTriggers = [ (builtins.toJSON config.services.github-runners.${runner.name}) ];
    serviceConfig.RemainAfterExit = true;
    serviceConfig.ExecStart = "${pkgs.writeShellScript "refresh-runner" ''
      PATH=/run/current-system/sw/bin:/usr/bin:/bin
      mark=/run/refresh-${unit runner}
      if [ ! -e "$mark" ]; then
        : >"$mark"
        exit 0
      fi
      busy() {
        for process in /proc/[0-9]*; do
          grep -q "/${unit runner}.service" "$process/cgroup" 2>/dev/null || continue
          tr '\0' ' ' <"$process/cmdline" 2>/dev/null | grep -q Runner.Worker && return 0
        done
        return 1
      }
      while busy; do sleep 5; done
      exec systemctl --no-block try-restart ${unit runner}.service
    ''}";
  };

  both = f: lib.mkMerge (map f runners);
in
{
  options.fleet.runner = mkOption {
    default = null;
    example = {
      name = "pi4-smoke-test";
      url = "https://github.com/owner/repo";
      labels = [ "pi4" ];
    };
    description = "The runner on this Pi, or null for none.";
    type = types.nullOr runnerType;
  };
  options.fleet.runners = mkOption {
    default = [ ];
    description = "More runners on this Pi, each with a name and token file of its own.";
    type = types.listOf runnerType;
  };

  config = {
    services.github-runners = both (runner: {
      ${runner.name} = {
        enable = true;
        inherit (runner)
          name
          url
          tokenFile
          tokenType
          ephemeral
          workDir
          ;
        extraLabels = runner.labels;
        runnerGroup = runner.group;
        # A reflashed Pi takes its old name again.
        replace = true;
        serviceOverrides = lib.mkIf runner.hardware hardwareAccess;
      };
    });

    systemd.services = both (
      runner:
      {
        ${unit runner} = runnerService runner;
      }
      // lib.optionalAttrs (!runner.interruptJobs) {
        "refresh-${unit runner}" = refreshService runner;
      }
    );

    # Its user is a dynamic one, so nobody can own this beforehand; the unit empties it as root.
    systemd.tmpfiles.rules = map (runner: "d ${runner.workDir} 1777 root root -") (
      lib.filter (runner: runner.workDir != null) runners
    );

    users.groups = lib.mkIf (lib.any (runner: runner.hardware) runners) {
      dialout = { };
      plugdev = { };
    };
  };
}
