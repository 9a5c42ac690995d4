# Stands in for: nixos/modules/services/networking/wpa_supplicant.nix.
# Not modelled: wpa_supplicant and radio. Its file is written; the unit finds each secret in the secrets file, bound
# into its root as the real one's, and waits. Networks with `auth`, WPA2 fall-backs, several interfaces' own files.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.networking.wireless;
  option =
    type: default: description:
    mkOption { inherit type default description; };
  block = network: ''
    network={
      ssid="${network.ssid}"
      key_mgmt=${if network.pskRaw == null then "NONE" else "WPA-PSK SAE"}
    ${lib.optionalString network.hidden "  scan_ssid=1\n"}${
      lib.optionalString (network.pskRaw != null) "  psk=${network.pskRaw}\n"
    }${lib.optionalString (network.priority != null) "  priority=${toString network.priority}\n"}}
  '';
  networks = lib.attrValues cfg.networks;
  secrets = lib.concatMap (
    network:
    lib.optional (network.pskRaw != null && lib.hasPrefix "ext:" network.pskRaw) (
      lib.removePrefix "ext:" network.pskRaw
    )
  ) networks;
  unit =
    name:
    lib.nameValuePair name {
      wantedBy = [ "multi-user.target" ];
      stopIfChanged = false;
      restartTriggers = [ config.environment.etc."wpa_supplicant/nixos.conf".text ];
      serviceConfig.BindReadOnlyPaths =
        cfg.extraConfigFiles ++ lib.optional (cfg.secretsFile != null) cfg.secretsFile;
      script = ''
        more=$(cat ${toString cfg.extraConfigFiles} </dev/null | sed -n 's/^ *psk=ext://p' | sort -u)
        for secret in ${toString secrets} $more; do
          grep -q "^$secret=" ${toString cfg.secretsFile} || echo "EXT PW: No secret $secret"
        done
        echo "Successfully initialized wpa_supplicant"
        while :; do sleep 1000; done
      '';
    };
in
{
  options.networking.wireless = {
    enable = option types.bool false "Whether wpa_supplicant runs.";
    interfaces = option (types.listOf types.str) [ ] "The wireless interfaces; none is all of them.";
    extraConfigFiles = option (types.listOf types.path) [ ] "More files with networks.";
    secretsFile =
      option (types.nullOr types.path) null
        "The file with the values of `ext:` references.";
    extraConfig = option types.lines "" "More lines of its file.";
    networks = mkOption {
      default = { };
      description = "Networks.";
      type = types.attrsOf (
        types.submodule (
          { name, ... }:
          {
            options = {
              ssid = option types.str name "The name.";
              psk = option (types.nullOr (
                types.strMatching "[[:print:]]{8,63}"
              )) null "The passphrase, in the store.";
              pskRaw = option (types.nullOr (
                types.strMatching "([[:xdigit:]]{64})|(ext:[^=]+)"
              )) null "The key or a reference.";
              hidden = option types.bool false "Whether it is hidden.";
              priority = option (types.nullOr types.int) null "The highest is taken.";
            };
          }
        )
      );
    };
  };
  config = lib.mkIf cfg.enable {
    users.users.wpa_supplicant = {
      isSystemUser = true;
      group = "wpa_supplicant";
    };
    users.groups.wpa_supplicant = { };
    environment.etc."wpa_supplicant/nixos.conf".text = ''
      ${
        lib.optionalString (cfg.secretsFile != null) "ext_password_backend=file:${cfg.secretsFile}\n"
      }${cfg.extraConfig}
      ${lib.concatMapStrings block networks}
    '';
    systemd.services = lib.listToAttrs (
      map unit (
        if cfg.interfaces == [ ] then
          [ "wpa_supplicant" ]
        else
          map (interface: "wpa_supplicant-${interface}") cfg.interfaces
      )
    );
  };
}
