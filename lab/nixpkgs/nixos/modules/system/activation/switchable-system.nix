# Stands in for: nixos/modules/system/activation/switchable-system.nix.
# Not modelled: a wrapper in a compiled language; see switch-to-configuration.sh for the rest.
{
  config,
  pkgs,
  ...
}:
{
  config.system.systemBuilderCommands = ''
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
