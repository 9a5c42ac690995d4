# Stands in for: nixos/modules/system/activation/switchable-system.nix.
# Not modelled: a wrapper in a compiled language, jq (the inhibitors are JSON with one of them a line); see switch-to-configuration.sh for the rest.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inhibitors = pkgs.writeText "switch-inhibitors" ''
    {
    ${lib.concatStringsSep ",\n" (
      lib.mapAttrsToList (
        name: value: "${builtins.toJSON name}: ${builtins.toJSON value}"
      ) config.system.switch.inhibitors
    )}
    }
  '';
in
{
  options.system.switch.inhibitors = lib.mkOption {
    type = lib.types.attrsOf lib.types.str;
    default = { };
    description = "Values whose change keeps a host from being switched while it runs.";
  };

  config.system.preSwitchChecks.switchInhibitors = ''
    incoming=$1
    case $2 in
      boot | dry-activate)
        echo "Not checking switch inhibitors (action = $2)"
        exit
        ;;
    esac
    printf 'Checking switch inhibitors...'
    current=/run/current-system/switch-inhibitors
    [ -f "$current" ] || current=/dev/null
    new=$incoming/switch-inhibitors
    [ -f "$new" ] || new=/dev/null
    differs=$(awk -F'"' -v current="$current" '
      NF == 5 && FILENAME == current { old[$2] = $4 }
      NF == 5 && FILENAME != current && $2 in old && old[$2] != $4 { print $2 " : " old[$2] " -> " $4 }
    ' "$current" "$new")
    if [ -n "$differs" ]; then
      printf '\nThere are changes to critical components of the system:\n\n%s\n\n' "$differs"
      echo "Switching into this system is not recommended."
      exit 1
    fi
    echo " done"
  '';

  config.system.systemBuilderCommands = ''
    ln -s ${inhibitors} "$out/switch-inhibitors"
    mkdir -p "$out/bin"
    cat > "$out/bin/switch-to-configuration" <<EOF
    #!${pkgs.runtimeShell}
    export OUT=$out TOPLEVEL=$out DISTRO_ID=${config.system.nixos.distroId}
    export PRE_SWITCH_CHECK=${config.system.build.preSwitchChecks}
    export INSTALL_BOOTLOADER=${config.system.build.installBootLoader}
    export COMPARE_UNITS=${./compare-units.awk}
    export PATH=${pkgs.busybox}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
    exec ${pkgs.writeShellScript "switch-to-configuration" (builtins.readFile ./switch-to-configuration.sh)} "\$@"
    EOF
    chmod +x "$out/bin/switch-to-configuration"
  '';
}
