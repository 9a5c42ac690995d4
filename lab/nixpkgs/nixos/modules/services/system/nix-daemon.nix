# Stands in for: nixos/modules/services/system/nix-daemon.nix and config/nix.nix.
# Not modelled: the daemon and /etc/nix/nix.conf are Debian's; our settings are /etc/nix/nixos.conf, which nix.conf
# is made to include. NixOS's own defaults (`sandbox`, `trusted-users`, `substituters`…) are not written.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.nix;
  value = types.oneOf [
    types.bool
    types.int
    types.float
    types.str
    types.path
    types.package
  ];
  # Lists of several modules become one list, other values must agree.
  setting = types.mkOptionType {
    name = "Nix config atom (null, bool, int, float, str, path or package) or list of them";
    check =
      given: given == null || (if lib.isList given then lib.all value.check given else value.check given);
    merge =
      loc: defs:
      if lib.any (def: lib.isList def.value) defs then
        lib.concatMap (def: lib.toList def.value) defs
      else
        lib.mergeEqualOption loc defs;
  };
  line =
    name: given:
    "${name} = ${
      if lib.isBool given then
        lib.boolToString given
      else if lib.isList given then
        lib.concatMapStringsSep " " toString given
      else
        toString given
    }\n";
in
{
  options.nix = {
    enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether Nix is there.";
    };
    package = mkOption {
      type = types.package;
      default = pkgs.nix;
      description = "The Nix that is used; a marker here, Debian's runs.";
    };
    settings = mkOption {
      type = types.attrsOf setting;
      default = { };
      description = "Settings of nix.conf.";
    };
    channel.enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether channels are there; accepted, not applied.";
    };
    registry = mkOption {
      type = types.attrs;
      default = { };
      description = "The flake registry; accepted, not applied.";
    };
    extraOptions = mkOption {
      type = types.lines;
      default = "";
      description = "More lines of nix.conf.";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.etc."nix/nixos.conf".text =
      lib.concatStrings (lib.mapAttrsToList line (lib.filterAttrs (_: given: given != null) cfg.settings))
      + cfg.extraOptions;
    # On NixOS the unit's restart trigger does this.
    system.activationScripts.nix = {
      text = ''
        if [ -n "''${NIXOS_ACTION-}" ] && ! cmp -s ${config.system.build.etc}/etc/nix/nixos.conf /etc/nix/nixos.conf; then
          echo nix-daemon.service >> /run/nixos/activation-restart-list
        fi
        mkdir -p /etc/nix
        if ! grep -qs '^!include nixos.conf$' /etc/nix/nix.conf; then
          # A power cut after an append would leave bytes of zero.
          { cat /etc/nix/nix.conf || :; printf '\n!include nixos.conf\n'; } > /etc/nix/nix.conf.new
          sync /etc/nix/nix.conf.new
          mv -f /etc/nix/nix.conf.new /etc/nix/nix.conf
        fi
      '';
    };
    system.activationScripts.etc.deps = [ "nix" ];
  };
}
