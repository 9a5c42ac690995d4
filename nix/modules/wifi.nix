# Wi-Fi by wpa_supplicant. The passphrases are never here: they are in a file that the deployer puts on the Pi.
{ config, lib, ... }:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.fleet.network.wifi;
  # Networks whose passphrase, or its hash, all could read in the store.
  open = lib.filterAttrs (
    _: network: network.psk != null || (network.pskRaw != null && !lib.hasPrefix "ext:" network.pskRaw)
  ) config.networking.wireless.networks;
  static =
    config.fleet.network.address or null != null && config.fleet.network.interface == cfg.interface;
in
{
  imports = [ ./secret-units.nix ];

  options.fleet.network.wifi = {
    networks = mkOption {
      default = { };
      example.workshop.secret = "psk_workshop";
      description = "Networks by their name (SSID); none is no Wi-Fi.";
      type = types.attrsOf (
        types.submodule {
          options = {
            secret = mkOption {
              type = types.nullOr (types.strMatching "[A-Za-z0-9_]+");
              example = "psk_workshop";
              description = "The name of the passphrase's line in `secretsFile`; null for an open network.";
            };
            hidden = mkOption {
              type = types.bool;
              default = false;
              description = "Whether the network does not announce itself.";
            };
            priority = mkOption {
              type = types.nullOr types.int;
              default = null;
              example = 10;
              description = "Of several networks in reach, the one with the highest is taken.";
            };
          };
        }
      );
    };

    interface = mkOption {
      type = types.str;
      default = "wlan0";
      description = "The wireless interface.";
    };

    country = mkOption {
      type = types.nullOr (types.strMatching "[A-Z]{2}");
      default = null;
      example = "IT";
      description = "The country, whose channels and power are allowed.";
    };

    secretsFile = mkOption {
      type = types.strMatching "/.+";
      default = "/var/lib/pi-fleet-secrets/wireless.conf";
      description = "The file on the Pi with a line `NAME=passphrase` for each secret. The default one is made of stack secrets.";
    };
  };

  config = lib.mkMerge [
    {
      assertions = [
        {
          assertion = open == { };
          message = "networking.wireless.networks of ${config.networking.hostName} has a passphrase for ${lib.concatStringsSep ", " (lib.attrNames open)}, which everybody could read in the store. Name it in fleet.network.wifi: it is a stack secret, or a line of ${cfg.secretsFile} on the Pi.";
        }
      ];
    }

    (mkIf (cfg.networks != { }) {
      networking.wireless = {
        enable = true;
        interfaces = [ cfg.interface ];
        inherit (cfg) secretsFile;
        networks = lib.mapAttrs (_: network: {
          pskRaw = if network.secret == null then null else "ext:${network.secret}";
          inherit (network) hidden priority;
        }) cfg.networks;
        extraConfig = mkIf (cfg.country != null) "country=${cfg.country}";
      };
      fleet.secretUnits = "wireless.conf restart wpa_supplicant-${cfg.interface}.service";
      networking.interfaces = mkIf (!static) { ${cfg.interface}.useDHCP = true; };

      # The unit binds the file into its root: without the file it would fail, and undo a deployment. A file
      # in /run is that of the module that puts it there, such as sops-nix.
      systemd.tmpfiles.rules = lib.optionals (!lib.hasPrefix "/run/" cfg.secretsFile) [
        "d ${dirOf cfg.secretsFile} 0755 root root -"
        "f ${cfg.secretsFile} 0640 root wpa_supplicant -"
      ];
    })
  ];
}
