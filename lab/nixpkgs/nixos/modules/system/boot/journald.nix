# Stands in for: nixos/modules/system/boot/systemd/journald.nix.
# Not modelled: /etc/systemd/journald.conf is Debian's; ours is journald.conf.d/nixos.conf. Rate limits, consoles.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.services.journald;
  file = "systemd/journald.conf.d/nixos.conf";
in
{
  options.services.journald.settings.Journal = mkOption {
    type = types.submodule {
      freeformType = types.attrsOf (
        types.oneOf [
          types.bool
          types.int
          types.str
        ]
      );
    };
    default = { };
    description = "Settings of journald.conf.";
  };
  config = {
    environment.etc.${file}.text = "[Journal]\n${
      lib.concatStrings (
        lib.mapAttrsToList (name: value: "${name}=${toString value}\n") cfg.settings.Journal
      )
    }";
    # On NixOS the unit's restart trigger does this.
    system.activationScripts.journald = ''
      if [ -n "''${NIXOS_ACTION-}" ] && ! cmp -s ${config.system.build.etc}/etc/${file} /etc/${file}; then
        echo systemd-journald.service >> /run/nixos/activation-restart-list
      fi
    '';
    system.activationScripts.etc.deps = [ "journald" ];
  };
}
