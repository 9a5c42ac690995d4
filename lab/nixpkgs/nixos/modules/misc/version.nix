# Stands in for: nixos/modules/misc/version.nix.
# Not modelled: /etc/os-release (the host's own stays), `system.nixos.variant_id`, image versions.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.system.nixos;
in
{
  options.system = {
    nixos = {
      version = mkOption {
        type = types.str;
        default = "${cfg.release}.lab";
        description = "The full NixOS version.";
      };
      release = mkOption {
        type = types.str;
        readOnly = true;
        default = lib.trivial.release;
        description = "The NixOS release.";
      };
      label = mkOption {
        type = types.strMatching "[a-zA-Z0-9:_.-]*";
        default = lib.concatStringsSep "-" (lib.naturalSort cfg.tags ++ [ cfg.version ]);
        description = "The label in names of derivations and boot entries.";
      };
      tags = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "Strings put before the version in the label.";
      };
      distroId = mkOption {
        type = types.str;
        default = "nixos";
        description = "The ID that a host's os-release must have to be switched.";
      };
    };
    stateVersion = mkOption {
      type = types.str;
      default = cfg.release;
      description = "The release whose defaults for stateful data are kept.";
    };
    configurationRevision = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "The revision of the configuration, as `nixos-version --configuration-revision` tells it.";
    };
  };
}
