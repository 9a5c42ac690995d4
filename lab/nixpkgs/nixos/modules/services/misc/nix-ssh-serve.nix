# Stands in for: nixos/modules/services/misc/nix-ssh-serve.nix.
# Not modelled: `allowed-commands`.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.nix.sshServe;
  command =
    if cfg.protocol == "ssh" then
      "nix-store --serve ${lib.optionalString cfg.write "--write"}"
    else
      "nix-daemon --stdio";
  flag =
    description:
    mkOption {
      type = types.bool;
      default = false;
      inherit description;
    };
in
{
  options.nix.sshServe = {
    enable = flag "Whether the store is served over ssh.";
    write = flag "Whether it may be written, and built in.";
    trusted = flag "Whether nix-ssh is a trusted user.";
    keys = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Public keys that may use it.";
    };
    protocol = mkOption {
      type = types.enum [
        "ssh"
        "ssh-ng"
      ];
      default = "ssh";
      description = "The protocol.";
    };
  };

  config = lib.mkIf cfg.enable {
    nix.settings.trusted-users = lib.mkIf cfg.trusted [ "nix-ssh" ];
    users.users.nix-ssh = {
      description = "Nix SSH store user";
      isSystemUser = true;
      group = "nix-ssh";
      useDefaultShell = true;
      openssh.authorizedKeys.keys = cfg.keys;
    };
    users.groups.nix-ssh = { };
    services.openssh.enable = true;
    services.openssh.extraConfig = ''
      Match User nix-ssh
        AllowAgentForwarding no
        AllowTcpForwarding no
        PermitTTY no
        PermitTunnel no
        X11Forwarding no
        ForceCommand ${config.nix.package}/bin/${command}
      Match All
    '';
  };
}
