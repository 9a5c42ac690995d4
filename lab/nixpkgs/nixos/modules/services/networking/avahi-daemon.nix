# Stands in for: nixos/modules/services/networking/avahi-daemon.nix.
# Not modelled: avahi. Its settings are /etc/avahi/avahi-daemon.conf; names in the lab are in a hosts file.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.services.avahi;
  flag =
    default: description:
    mkOption {
      type = types.bool;
      inherit default description;
    };
  yesNo = value: if value then "yes" else "no";
in
{
  options.services.avahi = {
    enable = flag false "Whether the mDNS daemon runs.";
    hostName = mkOption {
      type = types.str;
      default = config.networking.hostName;
      description = "The name that is announced.";
    };
    ipv4 = flag true "Whether IPv4 is used.";
    ipv6 = flag false "Whether IPv6 is used.";
    openFirewall = flag true "Whether the firewall lets mDNS through.";
    nssmdns4 = flag false "Whether .local names resolve by IPv4.";
    nssmdns6 = flag false "Whether .local names resolve by IPv6.";
    publish = {
      enable = flag false "Whether anything is announced.";
      addresses = flag false "Whether addresses are announced.";
      workstation = flag false "Whether a workstation service is announced.";
      userServices = flag false "Whether users' services are announced.";
      domain = flag false "Whether the domain is announced.";
    };
  };
  config.environment.etc."avahi/avahi-daemon.conf" = lib.mkIf cfg.enable {
    text = ''
      [server]
      host-name=${cfg.hostName}
      use-ipv4=${yesNo cfg.ipv4}
      use-ipv6=${yesNo cfg.ipv6}

      [publish]
      disable-publishing=${yesNo (!cfg.publish.enable)}
      publish-addresses=${yesNo (cfg.publish.userServices || cfg.publish.addresses)}
      publish-workstation=${yesNo cfg.publish.workstation}
    '';
  };
}
