# The system of a provisioning image: the same for each Pi of a board, and nobody's. A first-boot bundle on the card says
# which Pi it is, who may log in and how it reaches the network; the first `up` then gives it its own system. What the bundle
# said stays in /var/lib/pi-fleet/provisioned, since a first `up` that fails comes back to this system.
{ config, lib, ... }:
let
  provisioned = "/var/lib/pi-fleet/provisioned";
  wifi = "${provisioned}/wifi.conf";
  secrets = "/var/lib/pi-fleet-secrets/wireless.conf";
  network = "/bin/sh ${./network.sh}";
  # A board without a usual one refuses to name it.
  usual = builtins.tryEval config.fleet.network.interface;
  interface = if usual.success then usual.value else "";
  identity = "/bin/sh ${./identity.sh} ${provisioned}";
in
{
  imports = [
    ../modules/base.nix
    ../modules/first-boot.nix
    ../modules/low-memory.nix
    ../modules/network.nix
    ../modules/storage.nix
    ../profiles/minimal.nix
  ];

  config = {
    fleet.image.host = null;
    fleet.firstBoot.afterwards = identity;
    # A way back to this system removes the accounts of the one before.
    system.activationScripts.pi-fleet-identity = {
      deps = [
        "etc"
        "users"
      ];
      text = identity;
    };

    # Then NixOS leaves /etc/hostname to others.
    networking.hostName = lib.mkDefault "";
    # Nothing listens but sshd, at a port that the bundle may choose.
    networking.firewall.enable = false;

    users.mutableUsers = true;
    security.sudo.wheelNeedsPassword = false;
    # Whoever deploys may become root here, and the fleet's own key is not known yet.
    nix.settings.trusted-users = [
      "root"
      "@wheel"
    ];
    services.openssh = {
      settings.PermitRootLogin = "prohibit-password";
      authorizedKeysFiles = [ "${provisioned}/authorized_keys/%u" ];
      extraConfig = "Include ${provisioned}/sshd_config*";
    };

    # Without interfaces it takes all that are wireless. The passphrases are in a file of their own, as on a Pi of the fleet.
    networking.wireless = {
      enable = true;
      extraConfigFiles = [ wifi ];
      secretsFile = secrets;
    };
    systemd.services.wpa_supplicant.unitConfig.ConditionPathExists = wifi;
    systemd.tmpfiles.rules = [
      "d ${dirOf secrets} 0755 root root -"
      "f ${secrets} 0640 root wpa_supplicant -"
    ];

    # DHCP goes on beside it.
    systemd.services.pi-fleet-network = {
      description = "Give an interface the address of the first-boot bundle";
      wantedBy = [ "multi-user.target" ];
      unitConfig.ConditionPathExists = "${provisioned}/network";
      serviceConfig = {
        Type = "oneshot";
        ExecStart = "${network} start ${provisioned}/network '${interface}'";
      };
    };
    systemd.services."pi-fleet-network@" = {
      description = "The address of %I";
      # The interface may come late: some are on USB.
      bindsTo = [ "sys-subsystem-net-devices-%i.device" ];
      after = [ "sys-subsystem-net-devices-%i.device" ];
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        ExecStart = "${network} up ${provisioned}/network %I";
      };
    };
  };
}
