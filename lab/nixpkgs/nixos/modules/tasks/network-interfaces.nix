# Stands in for: nixos/modules/tasks/network-interfaces.nix, config/networking.nix,
# services/networking/firewall.nix.
# Not modelled: the lab gives a host its address, and its names, so addresses, routes, DHCP, hosts and firewall
# are checked and not applied; the host name is.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.networking;
  flag =
    default: description:
    mkOption {
      type = types.bool;
      inherit default description;
    };
  hostNamePattern = "$|[[:alnum:]]([[:alnum:]_-]{0,61}[[:alnum:]])?";
  addresses =
    bits:
    mkOption {
      default = [ ];
      description = "Addresses.";
      type = types.listOf (
        types.submodule {
          options = {
            address = mkOption {
              type = types.str;
              description = "The address.";
            };
            prefixLength = mkOption {
              type = types.addCheck types.int (n: n >= 0 && n <= bits);
              description = "The length of the network part.";
            };
          };
        }
      );
    };
  gateway = types.nullOr (
    types.either types.str (
      types.submodule {
        options = {
          address = mkOption {
            type = types.str;
            description = "The address.";
          };
          interface = mkOption {
            type = types.nullOr types.str;
            default = null;
            description = "The interface.";
          };
        };
      }
    )
  );
in
{
  options.networking = {
    hostName = mkOption {
      type = types.strMatching hostNamePattern;
      default = "nixos";
      description = "The name of the host.";
    };
    domain = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "The domain.";
    };
    useDHCP = flag true "Whether interfaces get an address by DHCP.";
    interfaces = mkOption {
      default = { };
      description = "Interfaces, by name.";
      type = types.attrsOf (
        types.submodule {
          options = {
            useDHCP = mkOption {
              type = types.nullOr types.bool;
              default = null;
              description = "Whether this interface gets an address by DHCP.";
            };
            ipv4.addresses = addresses 32;
            ipv6.addresses = addresses 128;
          };
        }
      );
    };
    defaultGateway = mkOption {
      type = gateway;
      default = null;
      description = "The router.";
    };
    nameservers = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "DNS servers.";
    };
    hosts = mkOption {
      type = types.attrsOf (types.listOf types.str);
      default = { };
      example."192.168.0.2" = [ "fileserver.local" ];
      description = "Names of addresses, for /etc/hosts.";
    };
    extraHosts = mkOption {
      type = types.lines;
      default = "";
      description = "More lines of /etc/hosts.";
    };
    firewall = {
      enable = flag true "Whether there is a firewall.";
      allowedTCPPorts = mkOption {
        type = types.listOf types.port;
        default = [ ];
        description = "Open TCP ports.";
      };
      allowedUDPPorts = mkOption {
        type = types.listOf types.port;
        default = [ ];
        description = "Open UDP ports.";
      };
    };
  };

  config = {
    environment.etc.hostname = lib.mkIf (cfg.hostName != "") { text = "${cfg.hostName}\n"; };
    system.activationScripts.hostname = lib.optionalString (
      cfg.hostName != ""
    ) "hostname ${lib.escapeShellArg cfg.hostName}\n";
  };
}
