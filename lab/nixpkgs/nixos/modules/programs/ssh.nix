# Stands in for: nixos/modules/programs/ssh.nix.
# Not modelled: the client's settings; `knownHosts` is /etc/ssh/ssh_known_hosts, which Debian's ssh reads too.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  hosts = lib.attrValues config.programs.ssh.knownHosts;
in
{
  options.programs.ssh.knownHosts = mkOption {
    default = { };
    description = "Host keys of other machines.";
    type = types.attrsOf (
      types.submodule (
        { name, ... }:
        {
          options = {
            hostNames = mkOption {
              type = types.listOf types.str;
              default = [ name ];
              description = "Names and addresses.";
            };
            publicKey = mkOption {
              type = types.nullOr types.str;
              default = null;
              description = "The host key.";
            };
          };
        }
      )
    );
  };
  config.environment.etc."ssh/ssh_known_hosts" = lib.mkIf (hosts != [ ]) {
    text = lib.concatLines (
      map (host: "${lib.concatStringsSep "," host.hostNames} ${host.publicKey}") hosts
    );
  };
}
