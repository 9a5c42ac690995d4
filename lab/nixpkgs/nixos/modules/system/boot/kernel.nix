# Stands in for: nixos/modules/system/boot/kernel.nix, stage-1.nix and hardware/all-firmware.nix.
# Not modelled: a kernel and initrd that boot: they are marker files whose store paths change when their inputs do, but for
# those of the QEMU Pi (lab/qemu.nix).
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  names =
    description:
    mkOption {
      type = types.listOf types.str;
      default = [ ];
      inherit description;
    };
  kernelFile = pkgs.stdenv.hostPlatform.linux-kernel.target;
in
{
  options = {
    boot = {
      kernelPackages = mkOption {
        type = types.raw;
        default = pkgs.linuxPackages;
        description = "The kernel and its modules.";
      };
      kernelParams = names "Parameters of the kernel's command line.";
      kernelModules = names "Modules loaded at boot.";
      kernel.sysctl = mkOption {
        type = types.attrsOf (
          types.nullOr (
            types.oneOf [
              types.bool
              types.str
              types.int
            ]
          )
        );
        default = { };
        description = "Kernel settings; accepted, not applied.";
      };
      consoleLogLevel = mkOption {
        type = types.int;
        default = 4;
        description = "The level of kernel messages on the console.";
      };
      initrd.availableKernelModules = names "Modules in the initrd.";
      initrd.kernelModules = names "Modules loaded by the initrd.";
      initrd.allowMissingModules = mkOption {
        type = types.bool;
        default = false;
        description = "Whether the kernel may lack some of them.";
      };
      tmp.cleanOnBoot = mkOption {
        type = types.bool;
        default = false;
        description = "Whether /tmp is emptied at boot.";
      };
      tmp.useTmpfs = mkOption {
        type = types.bool;
        default = false;
        description = "Whether /tmp is in memory; a lab host's own /tmp stays.";
      };
      tmp.tmpfsSize = mkOption {
        type = types.either types.str types.ints.positive;
        default = "50%";
        description = "The size of a /tmp in memory.";
      };
      isContainer = mkOption {
        type = types.bool;
        default = false;
        description = "Whether the system runs in a container, without a kernel of its own.";
      };
      supportedFilesystems = mkOption {
        type = types.coercedTo (types.listOf types.str) (names: lib.genAttrs names (_: true)) (
          types.attrsOf types.bool
        );
        default = { };
        description = "File systems whose tools are there.";
      };
    };
    hardware.enableRedistributableFirmware = mkOption {
      type = types.bool;
      default = false;
      description = "Whether firmware with a licence that allows redistribution is there.";
    };
    hardware.enableAllHardware = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the initrd has the modules of most hardware.";
    };
  };

  # A kernel that ZFS does not know yet makes its module a broken package.
  config.assertions = [
    {
      assertion =
        config.boot.supportedFilesystems.zfs or false
        -> config.boot.kernelPackages.kernel.version == pkgs.linuxPackages.kernel.version;
      message = "Package ‘zfs-kernel-${config.boot.kernelPackages.kernel.version}’ is marked as broken, refusing to evaluate.";
    }
  ];

  config.system.build = {
    inherit (config.boot.kernelPackages) kernel;
    initialRamdisk =
      if config.lab.initrd != null then
        config.lab.initrd
      else
        pkgs.runCommand "initrd-linux-${config.boot.kernelPackages.kernel.version}" {
          modules = config.boot.initrd.availableKernelModules ++ config.boot.initrd.kernelModules;
        } ''mkdir -p "$out"; echo "$modules" > "$out/initrd"'';
    firmware = pkgs.runCommand "firmware" {
      redistributable = lib.boolToString config.hardware.enableRedistributableFirmware;
    } ''mkdir -p "$out/lib"; echo "$redistributable" > "$out/lib/firmware"'';
  };

  config.system.systemBuilderCommands = lib.mkIf (!config.boot.isContainer) ''
    ln -s ${config.system.build.kernel}/${kernelFile} "$out/kernel"
    ln -s ${config.system.build.kernel} "$out/kernel-modules"
    ln -s ${config.system.build.initialRamdisk}/initrd "$out/initrd"
    ln -s ${config.system.build.firmware}/lib/firmware "$out/firmware"
    printf '%s' ${lib.escapeShellArg (toString config.boot.kernelParams)} > "$out/kernel-params"
  '';
}
