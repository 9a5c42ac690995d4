# Stands in for: nixos/modules/services/networking/tailscale.nix.
# Not modelled: Tailscale. tailscaled waits; tailscaled-autoconnect reads the key and writes down its flags.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.services.tailscale;
in
{
  options.services.tailscale = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether tailscaled runs.";
    };
    openFirewall = mkOption {
      type = types.bool;
      default = false;
      description = "Whether its port is open.";
    };
    authKeyFile = mkOption {
      type = types.nullOr types.path;
      default = null;
      description = "The file with the key that joins.";
    };
    extraUpFlags = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Flags of `tailscale up`.";
    };
  };
  config = lib.mkIf cfg.enable {
    systemd.services.tailscaled = {
      wantedBy = [ "multi-user.target" ];
      stopIfChanged = false;
      script = "while :; do sleep 1000; done";
    };
    systemd.services.tailscaled-autoconnect = lib.mkIf (cfg.authKeyFile != null) {
      after = [ "tailscaled.service" ];
      wants = [ "tailscaled.service" ];
      wantedBy = [ "multi-user.target" ];
      serviceConfig.Type = "oneshot";
      script = ''
        key=$(cat ${cfg.authKeyFile})
        case $key in file:*) key=$(cat "''${key#file:}") ;; esac
        test -n "$key"
        mkdir -p /var/lib/tailscale
        echo ${lib.escapeShellArgs cfg.extraUpFlags} > /var/lib/tailscale/up
      '';
    };
  };
}
