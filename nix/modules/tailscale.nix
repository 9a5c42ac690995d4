# A tailnet, of Tailscale or of a headscale of your own. The key is in a file that the deployer puts on the Pi.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.fleet.network.tailscale;
in
{
  imports = [ ./secret-units.nix ];

  options.fleet.network.tailscale = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the Pi joins a tailnet.";
    };

    loginServer = mkOption {
      type = types.nullOr (types.strMatching "https?://[^[:space:]]+");
      default = null;
      example = "https://headscale.example.org";
      description = "The headscale; null is Tailscale's own.";
    };

    authKeyFile = mkOption {
      type = types.strMatching "/.+";
      default = "/var/lib/pi-fleet-secrets/tailscale.key";
      description = "The file on the Pi with the pre-authentication key; the default one is a stack secret. Until it is there the Pi waits outside.";
    };

    tags = mkOption {
      type = types.listOf (types.strMatching "tag:[A-Za-z0-9-]+");
      default = [ ];
      example = [ "tag:ci" ];
      description = "Tags that the Pi asks for.";
    };
  };

  config = mkIf cfg.enable {
    services.tailscale = {
      enable = true;
      openFirewall = true;
      # NixOS puts the content of this file into an argv, which everybody on the Pi can read. So it is not the key but
      # `file:PATH`, from which `tailscale up` reads the key. Parameters (authKeyParameters) must be a part of the key,
      # KEY?ephemeral=true.
      authKeyFile = pkgs.writeText "tailscale-key" "file:${cfg.authKeyFile}";
      extraUpFlags =
        lib.optional (cfg.loginServer != null) "--login-server=${cfg.loginServer}"
        ++ lib.optional (cfg.tags != [ ]) "--advertise-tags=${lib.concatStringsSep "," cfg.tags}";
    };

    # Without a key, or while the tailnet can't be reached, it would fail, and a failed unit undoes a deployment.
    systemd.services.tailscaled-autoconnect = {
      unitConfig.ConditionPathExists = cfg.authKeyFile;
      serviceConfig = {
        Type = lib.mkForce "exec";
        # Its script tells systemd when it has joined.
        NotifyAccess = "all";
        Restart = "on-failure";
        RestartSec = 30;
      };
      startLimitIntervalSec = 0;
    };
    # It has ended once the Pi has joined, and joins anew with another key.
    fleet.secretUnits = "tailscale.key start tailscaled-autoconnect.service";
    # In /run the folder is that of the module that puts the key there, such as sops-nix.
    systemd.tmpfiles.rules = lib.optional (
      !lib.hasPrefix "/run/" cfg.authKeyFile
    ) "d ${dirOf cfg.authKeyFile} 0755 root root -";
  };
}
