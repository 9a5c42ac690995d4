# Stands in for: nixos/modules/system/activation/pre-switch-check.nix.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
in
{
  options.system.preSwitchChecks = mkOption {
    type = types.attrsOf types.str;
    default = { };
    example = {
      failsEveryTime = "false";
    };
    description = "Shell fragments which run before a switch: $1 is the incoming system, $2 the action.";
  };
  config.system.build.preSwitchChecks = pkgs.writeShellScript "pre-switch-checks" (
    lib.concatStrings (
      lib.mapAttrsToList (name: text: ''
        if ! (
        set -e
        ${text}
        ) >&2; then
          echo "Pre-switch check '${name}' failed" >&2
          exit 1
        fi
      '') config.system.preSwitchChecks
    )
  );
}
