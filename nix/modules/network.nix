# How the Pi is found and gets its address: NAME.local by mDNS, DHCP or a static address.
{
  config,
  lib,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.fleet.network;

  octet = "(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])";
  ipv4 = "${octet}(\\.${octet}){3}";
  cidr = lib.splitString "/" cfg.address;
in
{
  options.fleet.network = {
    mdns = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the Pi answers to NAME.local.";
    };

    address = mkOption {
      type = types.nullOr (types.strMatching "${ipv4}/([12]?[0-9]|3[0-2])");
      default = null;
      example = "192.168.1.122/24";
      description = "A static IPv4 address with the length of its network; null asks by DHCP.";
    };

    interface = mkOption {
      type = types.str;
      default = "end0";
      example = "wlan0";
      description = "The interface that gets the static address. A Pi 4's Ethernet is end0.";
    };

    gateway = mkOption {
      type = types.nullOr (types.strMatching ipv4);
      default = null;
      example = "192.168.1.1";
      description = "The router, with a static address.";
    };

    nameservers = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "192.168.1.1" ];
      description = "DNS servers, with a static address.";
    };
  };

  config = lib.mkMerge [
    {
      services.avahi = mkIf cfg.mdns {
        enable = true;
        nssmdns4 = true;
        publish = {
          enable = true;
          addresses = true;
        };
      };
    }

    (mkIf (cfg.address != null) {
      networking = {
        useDHCP = false;
        interfaces.${cfg.interface}.ipv4.addresses = [
          {
            address = lib.head cidr;
            prefixLength = lib.toInt (lib.last cidr);
          }
        ];
        defaultGateway = mkIf (cfg.gateway != null) {
          address = cfg.gateway;
          inherit (cfg) interface;
        };
        inherit (cfg) nameservers;
      };
    })
  ];
}
