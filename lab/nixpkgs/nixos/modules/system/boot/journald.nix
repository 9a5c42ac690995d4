# Stands in for: nixos/modules/system/boot/systemd/journald.nix.
# Not modelled: /etc/systemd/journald.conf is Debian's; ours is journald.conf.d/nixos.conf. Rate limits, consoles.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.services.journald;
  file = "systemd/journald.conf.d/nixos.conf";
in
{
  options.services.journald = {
    storage = mkOption {
      type = types.enum [
        "persistent"
        "volatile"
        "auto"
        "none"
      ];
      default = "persistent";
      description = "Where the journal is.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "More lines of journald.conf.";
    };
  };
  config = {
    environment.etc.${file}.text = ''
      [Journal]
      Storage=${cfg.storage}
      ${cfg.extraConfig}
    '';
    # On NixOS the unit's restart trigger does this.
    system.activationScripts.journald = ''
      if [ -n "''${NIXOS_ACTION-}" ] && ! cmp -s ${config.system.build.etc}/etc/${file} /etc/${file}; then
        echo systemd-journald.service >> /run/nixos/activation-restart-list
      fi
    '';
    system.activationScripts.etc.deps = [ "journald" ];
  };
}
