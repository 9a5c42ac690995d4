# What `npm run pi -- flash` leaves on a card for the first boot, beside the image: host key, secrets, and in a provisioning
# image all that makes it a certain Pi. first-boot.sh says how a bundle is consumed.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.fleet.firstBoot;
in
{
  imports = [
    ./image.nix
    ./register-store.nix
  ];

  options.fleet.firstBoot = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether a bundle on the card is consumed at boot. Boards with a card say so.";
    };

    onlyHostKey = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the ssh server has the host key of a bundle and no other. NixOS makes an RSA key too by default, which nobody pins.";
    };

    afterwards = mkOption {
      type = types.lines;
      default = "";
      internal = true;
      description = "Commands for right after the files of a bundle are in place.";
    };
  };

  config = lib.mkIf cfg.enable {
    # The activation was too early: the host key was not there yet.
    fleet.firstBoot.afterwards = config.fleet.decryptSecrets or "";

    services.openssh.hostKeys = lib.mkIf cfg.onlyHostKey (
      lib.mkDefault [
        {
          path = "/etc/ssh/ssh_host_ed25519_key";
          type = "ed25519";
        }
      ]
    );

    systemd.services.pi-fleet-first-boot = import ../lib/first-boot-unit.nix {
      description = "Consume the first-boot bundle on the card";
      # These read what a bundle brings. Most are after sysinit.target anyway.
      before = [
        "network-pre.target"
        "sshd-keygen.service"
        "sshd.service"
        "sshd.socket"
        "sops-install-secrets.service"
        "systemd-tmpfiles-setup.service"
        "tailscaled.service"
        "tailscaled-autoconnect.service"
      ];
      unitConfig.RequiresMountsFor = [ "/etc /nix /var/lib/pi-fleet" ];
      environment = {
        HOST = lib.optionalString (config.fleet.image.host != null) config.fleet.image.host;
        AFTER = lib.optionalString (
          cfg.afterwards != ""
        ) "${pkgs.writeShellScript "after-first-boot" cfg.afterwards}";
      };
      serviceConfig = {
        # The card is mounted for this service alone, and let go of with it.
        PrivateMounts = true;
        ExecStart = "/bin/sh ${./first-boot.sh}";
      };
    };
  };
}
