# Stands in for: nixos/modules/config/locale.nix (`time`) and i18n.nix, console.nix.
# Not modelled: /etc/localtime is not linked (it is Debian's on a lab host), locales are not generated.
{ config, lib, ... }:
let
  inherit (lib) mkIf mkOption types;
in
{
  options = {
    time.timeZone = mkOption {
      type = types.nullOr (
        types.addCheck types.str (s: builtins.match ".* .*" s == null)
        // {
          description = "null or string without spaces";
        }
      );
      default = null;
      example = "America/New_York";
      description = "The time zone.";
    };
    i18n.defaultLocale = mkOption {
      type = types.str;
      default = "en_US.UTF-8";
      description = "The default locale.";
    };
    console.keyMap = mkOption {
      type = types.either types.str types.path;
      default = "us";
      description = "The keyboard mapping of the virtual consoles.";
    };
  };
  config.environment.etc.timezone = mkIf (config.time.timeZone != null) {
    text = "${config.time.timeZone}\n";
  };
}
