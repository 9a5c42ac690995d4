# Stands in for: nixos/modules/system/activation/top-level.nix.
# Not modelled: specialisations (the directory is empty), boot.json, forbidden and extra dependencies, replacements.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  # What nothing here is made from is checked all the same.
  unapplied = {
    inherit (config)
      console
      fileSystems
      i18n
      networking
      swapDevices
      ;
    inherit (config.boot)
      consoleLogLevel
      kernelModules
      loader
      supportedFilesystems
      tmp
      ;
    inherit (config.boot.kernel) sysctl;
    inherit (config.nix) channel registry;
    inherit (config.services) avahi openssh;
  };
  failed = map (entry: entry.message) (lib.filter (entry: !entry.assertion) config.assertions);
  checked =
    if failed != [ ] then
      throw "\nFailed assertions:\n${lib.concatMapStringsSep "\n" (message: "- ${message}") failed}"
    else
      lib.deepSeq unapplied (
        lib.foldl' (result: message: lib.warn message result) system config.warnings
      );
  system = pkgs.runCommand "nixos-system-${config.system.name}-${config.system.nixos.label}" { } ''
    mkdir -p "$out/specialisation"
    ln -s ${config.system.build.etc}/etc "$out/etc"
    ln -s ${config.system.path} "$out/sw"
    ln -s ${config.systemd.package} "$out/systemd"
    printf 'systemd 2' > "$out/init-interface-version"
    printf '%s' ${config.system.nixos.label} > "$out/nixos-version"
    printf '%s' ${pkgs.stdenv.hostPlatform.system} > "$out/system"
    ${lib.optionalString (config.system.configurationRevision != null) ''
      printf '%s' ${lib.escapeShellArg config.system.configurationRevision} > "$out/configuration-revision"
    ''}
    printf '%s\n' ${lib.escapeShellArgs config.system.extraDependencies} > "$out/extra-dependencies"
    ${config.system.systemBuilderCommands}
  '';
in
{
  options.system = {
    name = mkOption {
      type = types.str;
      default = if config.networking.hostName == "" then "unnamed" else config.networking.hostName;
      description = "The name in the toplevel's derivation.";
    };
    systemBuilderCommands = mkOption {
      type = types.lines;
      internal = true;
      default = "";
      description = "Commands that build the toplevel.";
    };
    extraDependencies = mkOption {
      type = types.listOf types.pathInStore;
      default = [ ];
      description = "Paths that the toplevel keeps alive.";
    };
  };
  config.system.build.toplevel = checked;
}
