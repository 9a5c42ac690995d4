# Secrets for modules of your own, as files: delivered by the deployer, or encrypted with age for the Pi's host key.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.fleet.secrets;
  encrypted = lib.filterAttrs (_: secret: secret.file != null) cfg;
  delivered = lib.filterAttrs (_: secret: secret.file == null) cfg;

  line =
    name: secret:
    lib.concatStringsSep " " [
      name
      "${secret.file}"
      secret.owner
      secret.group
      secret.mode
    ];
  list = pkgs.writeText "secrets" (
    lib.concatMapStrings (text: text + "\n") (lib.mapAttrsToList line encrypted)
  );
in
{
  imports = [ ./secret-units.nix ];

  options.fleet.secrets = mkOption {
    default = { };
    example.token = {
      owner = "me";
      units = [ "my-service.service" ];
    };
    description = "Secrets as files. Without `file` it is a stack secret of the same name.";
    type = types.attrsOf (
      types.submodule (
        { name, config, ... }:
        {
          options = {
            file = mkOption {
              type = types.nullOr types.path;
              default = null;
              example = lib.literalExpression "./token.age";
              description = "A file that age has encrypted for the Pi's host key. It is in the store as it is, and decrypted at each boot and switch.";
            };
            owner = mkOption {
              type = types.str;
              default = "root";
              description = "The user whose file it is.";
            };
            group = mkOption {
              type = types.str;
              default = "root";
              description = "Its group.";
            };
            mode = mkOption {
              type = types.strMatching "0[0246]{2}0";
              default = "0400";
              description = "Its rights, in octal.";
            };
            units = mkOption {
              type = types.listOf types.str;
              default = [ ];
              example = [ "my-service.service" ];
              description = "Units that are restarted when it changes, if they run. One that waits for it by a condition is started.";
            };
            path = mkOption {
              type = types.str;
              readOnly = true;
              default =
                if config.file == null then
                  "/var/lib/pi-fleet-secrets/${name}"
                else
                  "/run/pi-fleet-secrets/${name}";
              defaultText = lib.literalExpression "/var/lib/pi-fleet-secrets/NAME, or /run/pi-fleet-secrets/NAME with `file`";
              description = "Where it is, for the modules that use it.";
            };
          };
        }
      )
    );
  };

  options.fleet.secretsKey = mkOption {
    type = types.strMatching "/.+";
    default = "/etc/ssh/ssh_host_ed25519_key";
    description = "The private key that decrypts, a file on the Pi.";
  };

  options.fleet.decryptSecrets = mkOption {
    type = types.str;
    default = "";
    internal = true;
    description = "The command that decrypts them; empty when there are none.";
  };

  config = {
    # This runs before any unit starts, at boot too. It also removes the secrets of the system before.
    system.activationScripts.fleet-secrets = {
      deps = [ "users" ];
      text = if encrypted == { } then "rm -rf /run/pi-fleet-secrets" else config.fleet.decryptSecrets;
    };
    fleet.decryptSecrets =
      lib.optionalString (encrypted != { })
        "${pkgs.writeShellScript "decrypt-secrets" (builtins.readFile ./decrypt-secrets.sh)} ${list} ${lib.getExe pkgs.age} ${config.fleet.secretsKey}";

    # The encrypted file is a part of the unit, so a switch sees the change.
    systemd.services = lib.mkMerge (
      lib.concatMap (
        secret:
        map (unit: {
          ${lib.removeSuffix ".service" unit} = {
            restartTriggers = [ "${secret.file}" ];
          }
          # One of a template: a file of its own would hide the template.
          // lib.optionalAttrs (lib.hasInfix "@" unit) { overrideStrategy = "asDropin"; };
        }) secret.units
      ) (lib.attrValues encrypted)
    );
    assertions = lib.concatLists (
      lib.mapAttrsToList (
        name: secret:
        map (unit: {
          assertion = lib.hasSuffix ".service" unit;
          message = "fleet.secrets.${name}.units of ${config.networking.hostName} has ${unit}: name services, since only those are restarted when the encrypted file changes.";
        }) secret.units
      ) encrypted
    );

    fleet.secretUnits = lib.concatStrings (
      lib.concatLists (
        lib.mapAttrsToList (name: secret: map (unit: "${name} restart ${unit}\n") secret.units) delivered
      )
    );

    # Secrets may be delivered before their owner exists.
    systemd.tmpfiles.rules = lib.mkIf (delivered != { }) (
      [ "d /var/lib/pi-fleet-secrets 0755 root root -" ]
      ++ lib.mapAttrsToList (
        _: secret: "z ${secret.path} ${secret.mode} ${secret.owner} ${secret.group} -"
      ) delivered
    );
  };
}
