# The one account that people and the deployer log in to: by key, never by password.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.fleet;
in
{
  options.fleet = {
    user = mkOption {
      type = types.strMatching "[a-z_][a-z0-9_-]{0,31}";
      default = "pi";
      description = "The account which is logged in to, and which may become root.";
    };

    authorizedKeys = mkOption {
      type = types.listOf (types.strMatching "(ssh-|ecdsa-|sk-)[^\n]+");
      default = [ ];
      example = [ "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI… me@laptop" ];
      description = "OpenSSH public keys that may log in: the owner's and the fleet's deploy key.";
    };
  };

  config = {
    assertions = [
      {
        assertion = cfg.authorizedKeys != [ ];
        message = "fleet.authorizedKeys is empty: nobody could log in to ${config.networking.hostName}. Give it a public key, in fleet.json or in pi-fleet:hosts.";
      }
    ];

    users.mutableUsers = false;
    users.users.${cfg.user} = {
      isNormalUser = true;
      extraGroups = [ "wheel" ];
      openssh.authorizedKeys.keys = cfg.authorizedKeys;
    };

    # Whoever may activate a system is root anyway, and there is no password to ask for.
    security.sudo.wheelNeedsPassword = false;
  };
}
