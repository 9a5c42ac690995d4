# Stands in for: nixos/modules/services/networking/avahi-daemon.nix.
# Not modelled: its package, which is Debian's, its socket, and name lookups by it: the lab's hosts look into a hosts file.
{
  config,
  lib,
  pkgs,
  ...
}:
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
  conf = pkgs.writeText "avahi-daemon.conf" ''
    [server]
    host-name=${cfg.hostName}
    use-ipv4=${yesNo cfg.ipv4}
    use-ipv6=${yesNo cfg.ipv6}

    [publish]
    disable-publishing=${yesNo (!cfg.publish.enable)}
    publish-addresses=${yesNo (cfg.publish.userServices || cfg.publish.addresses)}
    publish-workstation=${yesNo cfg.publish.workstation}
  '';
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
  config.systemd.services.avahi-daemon = lib.mkIf cfg.enable {
    description = "Avahi mDNS/DNS-SD Stack";
    wantedBy = [ "multi-user.target" ];
    serviceConfig = {
      Type = "dbus";
      BusName = "org.freedesktop.Avahi";
      ExecStart = "/usr/sbin/avahi-daemon --syslog -f ${conf}";
    };
  };
}
