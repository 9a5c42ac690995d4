# Stands in for: modules/sops/default.nix of github:Mic92/sops-nix and its program sops-install-secrets.
# Not modelled: sops. A secrets file is JSON in which each value is a text that age has encrypted for the host key.
# Templates, secrets for users, restarts, PGP, activation by a unit.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.sops;
  encrypted =
    secret:
    pkgs.writeText "secret.age" (
      lib.getAttrFromPath (lib.splitString "/" secret.key) (lib.importJSON secret.sopsFile)
    );
in
{
  options.sops = {
    defaultSopsFile = mkOption {
      type = types.path;
      description = "The file of the secrets that name none.";
    };
    age.sshKeyPaths = mkOption {
      type = types.listOf types.path;
      default = map (key: key.path) (
        lib.filter (key: key.type == "ed25519") config.services.openssh.hostKeys
      );
      description = "Host keys that decrypt.";
    };
    secrets = mkOption {
      default = { };
      description = "Secrets, by name.";
      type = types.attrsOf (
        types.submodule (
          { name, ... }:
          {
            options = {
              key = mkOption {
                type = types.str;
                default = name;
                description = "Its key in the file; / goes into a set.";
              };
              path = mkOption {
                type = types.str;
                default = "/run/secrets/${name}";
                description = "Where it is.";
              };
              sopsFile = mkOption {
                type = types.path;
                default = cfg.defaultSopsFile;
                description = "The file that it is in.";
              };
              mode = mkOption {
                type = types.str;
                default = "0400";
                description = "Its rights.";
              };
            };
          }
        )
      );
    };
  };

  # As the real one, it makes a new folder in memory and then points /run/secrets at it.
  config.system.activationScripts.setupSecrets = lib.mkIf (cfg.secrets != { }) {
    deps = [ "users" ];
    text = "${pkgs.writeShellScript "sops-install-secrets" ''
      set -eu
      umask 077
      rm -rf /run/secrets.d
      mkdir -p /run/secrets.d/1
      chmod 751 /run/secrets.d /run/secrets.d/1
      ${lib.concatStrings (
        lib.mapAttrsToList (name: secret: ''
          mkdir -p -m 751 "/run/secrets.d/1/${dirOf name}"
          ${lib.getExe pkgs.age} --decrypt ${
            lib.concatMapStringsSep " " (key: "--identity ${key}") cfg.age.sshKeyPaths
          } --output "/run/secrets.d/1/${name}" ${encrypted secret}
          chmod ${secret.mode} "/run/secrets.d/1/${name}"
        '') cfg.secrets
      )}
      ln -sfn /run/secrets.d/1 /run/secrets
    ''}";
  };
}
