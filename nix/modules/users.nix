# The accounts that people and the deployer log in to: by key, never by password.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.fleet;
  publicKey = types.strMatching "(ssh-|ecdsa-|sk-)[^\n]+";
  userName = types.strMatching "[a-z_][a-z0-9_-]{0,30}";
in
{
  options.fleet = {
    user = mkOption {
      type = userName;
      default = "pi";
      description = "The account which is logged in to for deployments, and which may become root; root itself is possible.";
    };

    authorizedKeys = mkOption {
      type = types.listOf publicKey;
      default = [ ];
      example = [ "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI… me@laptop" ];
      description = "OpenSSH public keys that may log in as `user`: the owner's and the fleet's deploy key.";
    };

    users = mkOption {
      default = { };
      example.beau = {
        keys = [ "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI… beau@laptop" ];
        wheel = true;
      };
      description = "More accounts, by name.";
      type = types.attrsOf (
        types.submodule {
          options = {
            keys = mkOption {
              type = types.nonEmptyListOf publicKey;
              example = [ "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI… beau@laptop" ];
              description = "Public keys that may log in.";
            };
            wheel = mkOption {
              type = types.bool;
              default = false;
              description = "Whether the account is in wheel; see `sudo.wheelWithoutPassword`.";
            };
            groups = mkOption {
              type = types.listOf types.str;
              default = [ ];
              example = [ "dialout" ];
              description = "Further groups.";
            };
          };
        }
      );
    };

    sudo.wheelWithoutPassword = mkOption {
      type = types.bool;
      default = false;
      description = "Whether all of wheel may become root without a password. No account has one, so otherwise only `user` may become root, if it may.";
    };
  };

  config = lib.mkMerge [
    {
      assertions = [
        {
          assertion = cfg.authorizedKeys != [ ];
          message = "fleet.authorizedKeys is empty: nobody could log in to ${config.networking.hostName}. Give it a public key, in fleet.json or in pi-fleet:hosts.";
        }
        {
          assertion = !(cfg.users ? ${cfg.user});
          message = "fleet.users of ${config.networking.hostName} has ${cfg.user}, which is fleet.user: its keys are fleet.authorizedKeys.";
        }
      ];

      users.mutableUsers = false;
      users.users = lib.mapAttrs (_: user: {
        isNormalUser = true;
        extraGroups = lib.optional user.wheel "wheel" ++ user.groups;
        openssh.authorizedKeys = { inherit (user) keys; };
      }) cfg.users;

      security.sudo.wheelNeedsPassword = !cfg.sudo.wheelWithoutPassword;
      services.openssh.settings.PermitRootLogin =
        if cfg.user == "root" then "prohibit-password" else "no";
    }

    { users.users.${cfg.user}.openssh.authorizedKeys.keys = cfg.authorizedKeys; }

    (lib.mkIf (cfg.user != "root") { users.users.${cfg.user}.isNormalUser = true; })

    (lib.mkIf (cfg.user != "root" && !(cfg.sudo.onlyActivation or false)) {
      users.users.${cfg.user}.extraGroups = [ "wheel" ];
      # Whoever may activate a system is root anyway, and there is no password to ask for.
      security.sudo.extraRules = [
        {
          users = [ cfg.user ];
          commands = [
            {
              command = "ALL";
              options = [
                "NOPASSWD"
                "SETENV"
              ];
            }
          ];
        }
      ];
    })
  ];
}
