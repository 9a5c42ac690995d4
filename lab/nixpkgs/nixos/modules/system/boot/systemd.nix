# Stands in for: nixos/modules/system/boot/systemd.nix, systemd/tmpfiles.nix and nixos/lib/systemd-lib.nix,
# systemd-unit-options.nix: services, timers, targets and tmpfiles rules as unit files in etc/systemd/system.
# Not modelled: upstream units and systemd itself (they are Debian's), sockets, paths, mounts, slices, user units,
# drop-ins for units that Debian owns, a check of the units when they are built.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    concatMapStrings
    concatStringsSep
    mkOption
    optionalAttrs
    types
    ;

  # A unit's setting: lists are given line by line, and a list wins over single values.
  unitSetting =
    let
      single = types.oneOf [
        types.bool
        types.int
        types.float
        types.str
        types.path
        types.package
      ];
    in
    types.mkOptionType {
      name = "systemd option";
      check = value: if lib.isList value then lib.all single.check value else single.check value;
      merge =
        loc: defs:
        if lib.any (def: lib.isList def.value) defs then
          lib.concatMap (def: lib.toList def.value) defs
        else
          lib.mergeEqualOption loc defs;
    };
  section =
    description:
    mkOption {
      type = types.attrsOf unitSetting;
      default = { };
      inherit description;
    };
  unitNames =
    description:
    mkOption {
      type = types.listOf types.str;
      default = [ ];
      inherit description;
    };
  flag =
    default: description:
    mkOption {
      type = types.bool;
      inherit default description;
    };
  text =
    description:
    mkOption {
      type = types.lines;
      default = "";
      inherit description;
    };

  commonOptions = {
    enable = flag true "Whether the unit is there; a disabled one is masked.";
    description = mkOption {
      type = types.singleLineStr;
      default = "";
      description = "What the unit is.";
    };
    documentation = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Where the unit is documented.";
    };
    wantedBy = unitNames "Units that want this one.";
    requiredBy = unitNames "Units that require this one.";
    wants = unitNames "Units started with this one.";
    requires = unitNames "Units that this one needs.";
    bindsTo = unitNames "Units whose stop stops this one.";
    partOf = unitNames "Units whose restart restarts this one.";
    after = unitNames "Units that start before this one.";
    before = unitNames "Units that start after this one.";
    conflicts = unitNames "Units that stop when this one starts.";
    onFailure = unitNames "Units started when this one fails.";
    unitConfig = section "Settings of the section [Unit].";
    restartTriggers = mkOption {
      type = types.listOf types.unspecified;
      default = [ ];
      description = "Values whose change restarts the unit.";
    };
    reloadTriggers = mkOption {
      type = types.listOf types.unspecified;
      default = [ ];
      description = "Values whose change reloads the unit.";
    };
    startLimitBurst = mkOption {
      type = types.nullOr types.int;
      default = null;
      description = "How many starts are allowed in `startLimitIntervalSec`.";
    };
    startLimitIntervalSec = mkOption {
      type = types.nullOr types.int;
      default = null;
      description = "The interval of `startLimitBurst`; 0 allows any number.";
    };
  };

  serviceOptions =
    { name, config, ... }:
    {
      options = commonOptions // {
        serviceConfig = section "Settings of the section [Service].";
        environment = mkOption {
          type = types.attrsOf (
            types.nullOr (
              types.oneOf [
                types.str
                types.path
                types.package
              ]
            )
          );
          default = { };
          description = "Environment variables of the service.";
        };
        path = mkOption {
          type = types.listOf (types.either types.package types.str);
          default = [ ];
          description = "Packages whose programs the service finds.";
        };
        script = text "The service's main process, in sh.";
        scriptArgs = mkOption {
          type = types.str;
          default = "";
          description = "Arguments of `script`.";
        };
        preStart = text "Commands before the main process.";
        postStart = text "Commands after the main process has started.";
        reload = text "Commands that reload the service.";
        preStop = text "Commands that stop the service.";
        postStop = text "Commands after the service has stopped.";
        restartIfChanged = flag true "Whether a change of the unit restarts it.";
        reloadIfChanged = flag false "Whether a change of the unit reloads it.";
        stopIfChanged = flag true "Whether a changed unit is stopped before activation and started after it.";
        startAt = mkOption {
          type = types.either types.str (types.listOf types.str);
          apply = lib.toList;
          default = [ ];
          description = "When a timer starts the service.";
        };
      };
      config.serviceConfig =
        let
          command =
            suffix: body:
            "${pkgs.writeShellScript "unit-script-${name}-${suffix}" "set -e\n${body}"}${
              lib.optionalString (suffix == "start" && config.scriptArgs != "") " ${config.scriptArgs}"
            }";
          step =
            key: suffix: body:
            optionalAttrs (body != "") { ${key} = command suffix body; };
        in
        lib.mkMerge [
          (step "ExecStart" "start" config.script)
          (optionalAttrs (config.preStart != "") {
            ExecStartPre = [ (command "pre-start" config.preStart) ];
          })
          (optionalAttrs (config.postStart != "") {
            ExecStartPost = [ (command "post-start" config.postStart) ];
          })
          (step "ExecReload" "reload" config.reload)
          (step "ExecStop" "pre-stop" config.preStop)
          (step "ExecStopPost" "post-stop" config.postStop)
        ];
    };

  # The same line of a unit file for each value of a list.
  render =
    settings:
    concatMapStrings (
      name:
      concatMapStrings (
        value: "${name}=${if lib.isBool value then lib.boolToString value else toString value}\n"
      ) (lib.toList settings.${name})
    ) (lib.attrNames settings);

  unitSection =
    unit:
    let
      list = name: values: optionalAttrs (values != [ ]) { ${name} = concatStringsSep " " values; };
      trigger = values: if values == [ ] then null else builtins.hashString "sha256" (toString values);
    in
    list "Wants" unit.wants
    // list "Requires" unit.requires
    // list "BindsTo" unit.bindsTo
    // list "PartOf" unit.partOf
    // list "After" unit.after
    // list "Before" unit.before
    // list "Conflicts" unit.conflicts
    // list "OnFailure" unit.onFailure
    // list "Documentation" unit.documentation
    // optionalAttrs (unit.description != "") { Description = unit.description; }
    // optionalAttrs (unit.restartTriggers != [ ]) {
      X-Restart-Triggers = trigger unit.restartTriggers;
    }
    // optionalAttrs (unit.reloadTriggers != [ ]) { X-Reload-Triggers = trigger unit.reloadTriggers; }
    // optionalAttrs (unit.startLimitBurst != null) { StartLimitBurst = unit.startLimitBurst; }
    // optionalAttrs (unit.startLimitIntervalSec != null) {
      StartLimitIntervalSec = unit.startLimitIntervalSec;
    }
    // unit.unitConfig;

  serviceText =
    service:
    let
      path = lib.concatMap (pkg: [
        "${pkg}/bin"
        "${pkg}/sbin"
      ]) (service.path ++ [ pkgs.busybox ]);
      environment = {
        PATH = concatStringsSep ":" (path ++ [ "/usr/sbin:/usr/bin:/sbin:/bin" ]);
      }
      // lib.filterAttrs (_: value: value != null) service.environment;
    in
    ''
      [Unit]
      ${render (unitSection service)}
      [Service]
      ${
        concatMapStrings (
          name: "Environment=${builtins.toJSON "${name}=${toString environment.${name}}"}\n"
        ) (lib.attrNames environment)
      }${
        if service.reloadIfChanged then
          "X-ReloadIfChanged=true\n"
        else if !service.restartIfChanged then
          "X-RestartIfChanged=false\n"
        else
          ""
      }${
        lib.optionalString (!service.stopIfChanged) "X-StopIfChanged=false\n"
      }${render service.serviceConfig}'';

  timerText = timer: ''
    [Unit]
    ${render (unitSection timer)}
    [Timer]
    ${render timer.timerConfig}'';

  targetText = target: ''
    [Unit]
    ${render (unitSection target)}'';

  cfg = config.systemd;
  units =
    lib.mapAttrs' (
      name: unit: lib.nameValuePair "${name}.service" (unit // { text = serviceText unit; })
    ) cfg.services
    // lib.mapAttrs' (
      name: unit: lib.nameValuePair "${name}.timer" (unit // { text = timerText unit; })
    ) cfg.timers
    // lib.mapAttrs' (
      name: unit: lib.nameValuePair "${name}.target" (unit // { text = targetText unit; })
    ) cfg.targets;
  link =
    unit: suffix: target:
    lib.nameValuePair "systemd/system/${target}.${suffix}/${unit}" {
      source = "/etc/static/systemd/system/${unit}";
    };
in
{
  options.systemd = {
    services = mkOption {
      type = types.attrsOf (types.submodule serviceOptions);
      default = { };
      description = "Services.";
    };
    timers = mkOption {
      type = types.attrsOf (
        types.submodule {
          options = commonOptions // {
            timerConfig = section "Settings of the section [Timer].";
          };
        }
      );
      default = { };
      description = "Timers.";
    };
    targets = mkOption {
      type = types.attrsOf (types.submodule { options = commonOptions; });
      default = { };
      description = "Targets.";
    };
    tmpfiles.rules = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "d /tmp 1777 root root 10d" ];
      description = "Rules of systemd-tmpfiles.";
    };
    settings.Manager = mkOption {
      type = types.submodule { freeformType = types.attrsOf unitSetting; };
      default = { };
      description = "Settings of systemd itself; read when it starts.";
    };
    package = mkOption {
      type = types.package;
      default = pkgs.systemd;
      description = "The systemd package; a marker here, Debian's runs.";
    };
  };

  config = {
    systemd.timers = lib.mapAttrs (_name: service: {
      wantedBy = [ "timers.target" ];
      timerConfig.OnCalendar = service.startAt;
    }) (lib.filterAttrs (_: service: service.enable && service.startAt != [ ]) cfg.services);

    systemd.targets.sysinit-reactivation = {
      description = "Reactivate sysinit units";
    };
    systemd.services.systemd-tmpfiles-resetup = lib.mkIf (cfg.tmpfiles.rules != [ ]) {
      description = "Re-setup tmpfiles on a system that is already running.";
      requiredBy = [ "sysinit-reactivation.target" ];
      after = [
        "local-fs.target"
        "systemd-sysusers.service"
      ];
      before = [ "sysinit-reactivation.target" ];
      conflicts = [ "shutdown.target" ];
      restartTriggers = [ (concatStringsSep "\n" cfg.tmpfiles.rules) ];
      unitConfig.DefaultDependencies = false;
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        ExecStart = "systemd-tmpfiles --create --remove --exclude-prefix=/dev";
        SuccessExitStatus = "DATAERR CANTCREAT";
      };
    };

    environment.etc = lib.mkMerge [
      (lib.mapAttrs' (
        name: unit:
        lib.nameValuePair "systemd/system/${name}" (
          if unit.enable then { inherit (unit) text; } else { source = "/dev/null"; }
        )
      ) units)
      (lib.listToAttrs (
        lib.concatMap (
          name:
          map (link name "wants") units.${name}.wantedBy
          ++ map (link name "requires") units.${name}.requiredBy
        ) (lib.filter (name: units.${name}.enable) (lib.attrNames units))
      ))
      (lib.mkIf (cfg.settings.Manager != { }) {
        "systemd/system.conf.d/nixos.conf".text = "[Manager]\n${render cfg.settings.Manager}";
      })
      (lib.mkIf (cfg.tmpfiles.rules != [ ]) {
        "tmpfiles.d/00-nixos.conf".text = concatStringsSep "\n" cfg.tmpfiles.rules + "\n";
      })
    ];
  };
}
