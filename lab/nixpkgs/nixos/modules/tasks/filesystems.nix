# Stands in for: nixos/modules/tasks/filesystems.nix and config/swap.nix.
# Not modelled: nothing is mounted, swapped to or written to /etc/fstab: what would be is /etc/lab/fstab.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
in
{
  options = {
    fileSystems = mkOption {
      default = { };
      description = "File systems, by mount point.";
      type = types.attrsOf (
        types.submodule (
          { name, ... }:
          {
            options = {
              mountPoint = mkOption {
                type = types.nonEmptyStr;
                default = name;
                description = "Where it is mounted.";
              };
              device = mkOption {
                type = types.nullOr types.nonEmptyStr;
                default = null;
                description = "The device.";
              };
              fsType = mkOption {
                type = types.nonEmptyStr;
                default = "auto";
                description = "The type.";
              };
              options = mkOption {
                type = types.listOf types.nonEmptyStr;
                default = [ "defaults" ];
                description = "Mount options.";
              };
              neededForBoot = mkOption {
                type = types.bool;
                default = false;
                description = "Whether the initrd mounts it.";
              };
            };
          }
        )
      );
    };
    swapDevices = mkOption {
      default = [ ];
      description = "Swap devices and files.";
      type = types.listOf (
        types.submodule {
          options = {
            device = mkOption {
              type = types.nonEmptyStr;
              description = "The device or file.";
            };
            size = mkOption {
              type = types.nullOr types.int;
              default = null;
              description = "The size of a file in MiB.";
            };
          };
        }
      );
    };
  };
  config.environment.etc."lab/fstab".text =
    lib.concatStrings (
      lib.mapAttrsToList (
        _: fs:
        "${toString fs.device} ${fs.mountPoint} ${fs.fsType} ${lib.concatStringsSep "," fs.options}\n"
      ) config.fileSystems
    )
    + lib.concatMapStrings (
      swap: "${swap.device} none swap size=${toString swap.size}M\n"
    ) config.swapDevices;
  config.boot.supportedFilesystems = map (fs: fs.fsType) (lib.attrValues config.fileSystems);
  config.assertions = [
    {
      assertion = config.boot.isContainer || config.fileSystems ? "/";
      message = "The ‘fileSystems’ option does not specify your root file system.";
    }
    {
      assertion =
        config.boot.isContainer || lib.all (fs: fs.device != null) (lib.attrValues config.fileSystems);
      message = "No device specified for mount point ‘/’.";
    }
  ];
}
