# A deploy user who may do one thing as root: activate systems that the fleet's key signed. components/on-pi/root.sh is the
# program that sudo lets this user run.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.fleet;
  inherit (cfg) user;

  groupsOf = [
    config.users.users.${user}.group
  ]
  ++ config.users.users.${user}.extraGroups
  ++ lib.filter (group: lib.elem user config.users.groups.${group}.members) (
    lib.attrNames config.users.groups
  );
  trusted = lib.filter (
    name:
    lib.elem name (
      [
        "*"
        user
      ]
      ++ map (group: "@${group}") groupsOf
    )
  ) (config.nix.settings.trusted-users or [ ]);

  scripts = pkgs.symlinkJoin {
    name = "pi-fleet-on-pi";
    paths = lib.mapAttrsToList (
      name: text:
      pkgs.writeTextFile {
        name = "${name}.sh";
        inherit text;
        destination = "/${name}.sh";
      }
    ) cfg.onPi;
  };
  environment = lib.escapeShellArgs [
    "LC_ALL=C"
    "SCRIPTS=${scripts}"
    "DEPLOY_USER=${user}"
    "HOST_NAME=${cfg.host}"
    "SIGNING_KEY=${cfg.signingKey}"
  ];
  entry = pkgs.writeTextFile {
    name = "pi-fleet-root";
    executable = true;
    destination = "/bin/pi-fleet-root";
    text = ''
      #!/bin/sh
      PATH=/run/current-system/sw/bin:/usr/sbin:/usr/bin:/sbin:/bin
      exec env -i PATH="$PATH" ${environment} sh ${scripts}/root.sh "$@"
    '';
  };
in
{
  imports = [ ./users.nix ];

  options.fleet = {
    sudo.onlyActivation = mkOption {
      type = types.bool;
      default = false;
      description = "Whether `user` may do nothing as root but activate systems of this host that `signingKey` signed, and deliver its runners' tokens. Else it has all of sudo.";
    };

    signingKey = mkOption {
      type = types.nullOr (types.strMatching "[A-Za-z0-9.-]+:[A-Za-z0-9+/]{43}=");
      default = null;
      example = "pi-fleet-1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
      description = "The fleet's public key for systems, in Nix's format.";
    };

    host = mkOption {
      type = types.str;
      default = config.networking.hostName;
      defaultText = lib.literalExpression "config.networking.hostName";
      description = "The host's name in the fleet: a system that is signed is signed for this host alone.";
    };

    onPi = mkOption {
      type = types.attrsOf types.str;
      default = { };
      internal = true;
      description = "The scripts of components/on-pi, by name; fleet.json has them for `sudo.onlyActivation`.";
    };
  };

  config = lib.mkMerge [
    (lib.mkIf (cfg.signingKey != null) {
      nix.settings.trusted-public-keys = [ cfg.signingKey ];
      environment.etc."pi-fleet/host".text = "${cfg.host}\n";
    })

    (lib.mkIf cfg.sudo.onlyActivation {
      assertions = [
        {
          assertion = user != "root";
          message = "fleet.sudo.onlyActivation of ${cfg.host}: fleet.user is root; name another account.";
        }
        {
          assertion = cfg.signingKey != null && cfg.onPi != { };
          message = "fleet.sudo.onlyActivation of ${cfg.host} needs fleet.signingKey and the scripts in fleet.json's `onPi`: take fleet.json from `pulumi stack output fleetJson --show-secrets`.";
        }
        {
          assertion = !(lib.elem "wheel" groupsOf);
          message = "fleet.sudo.onlyActivation of ${cfg.host}: ${user} is in wheel, and so could do more.";
        }
        {
          # The rule below is for security.sudo alone; security.sudo-rs has rules of its own.
          assertion = config.security.sudo.enable;
          message = "fleet.sudo.onlyActivation of ${cfg.host}: security.sudo.enable is off, and ${user} deploys by sudo, so nobody could deploy there any more. Keep security.sudo (security.sudo-rs can't take its place here).";
        }
        {
          # It makes the wrapper itself executable for wheel alone: nixos/modules/security/sudo.nix.
          assertion = !config.security.sudo.execWheelOnly;
          message = "fleet.sudo.onlyActivation of ${cfg.host}: security.sudo.execWheelOnly lets only wheel run sudo, and ${user} is not in wheel, so nobody could deploy there any more. Set security.sudo.execWheelOnly = false (its default).";
        }
        {
          assertion = trusted == [ ];
          message = "fleet.sudo.onlyActivation of ${cfg.host}: nix.settings.trusted-users has ${lib.concatStringsSep ", " trusted}, which makes ${user} root.";
        }
        {
          assertion = config.nix.settings.require-sigs or true;
          message = "fleet.sudo.onlyActivation of ${cfg.host}: nix.settings.require-sigs is off, so ${user} could bring anything.";
        }
      ];

      # There may be no account in wheel. Then only the fleet's key can bring new systems.
      users.allowNoPasswordLogin = true;
      environment.systemPackages = [ entry ];
      security.sudo.extraRules = [
        {
          users = [ user ];
          runAs = "root";
          commands = [
            {
              command = "/run/current-system/sw/bin/pi-fleet-root";
              options = [ "NOPASSWD" ];
            }
          ];
        }
      ];
    })
  ];
}
