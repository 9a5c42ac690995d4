# Stands in for: nixos/modules/installer/sd-card/sd-image.nix: a real image, MBR with FAT and ext4, of the closure.
# Its options, hooks, numbers and first-boot units are those of nixpkgs. The same inputs give the same bytes.
# Not modelled: `rootFilesystemCreator`, `rootFilesystemImage`, `preBuildCommands`; partprobe, in whose place is partx.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.sdImage;
  option =
    type: default: description:
    mkOption { inherit type default description; };
  lines = option types.lines "";

  rootImage = import ../../../lib/make-ext4-fs.nix {
    inherit lib pkgs;
    inherit (cfg) storePaths;
    inherit (config.lab) userland;
    populateImageCommands = cfg.populateRootCommands;
    volumeLabel = cfg.rootVolumeLabel;
  };
in
{
  imports = [ ../../image/file-options.nix ];

  options.sdImage = {
    compressImage = option types.bool true "Whether the image is compressed.";
    expandOnBoot = option types.bool true "Whether the root partition grows at the first boot.";
    firmwarePartitionID = option types.str "0x2178694e" "The id of the disk and of the FAT.";
    firmwarePartitionName = option types.str "FIRMWARE" "The label of the FAT.";
    firmwarePartitionOffset = option types.int 8 "The gap before the firmware partition in MiB.";
    firmwareSize = option types.int 30 "The size of the firmware partition in MiB.";
    nixPathRegistrationFile =
      option types.str "/nix-path-registration"
        "What the first boot gives to nix-store --load-db.";
    populateFirmwareCommands = lines "Commands that fill ./firmware, the firmware partition.";
    populateRootCommands = lines "Commands that fill ./files, the root of the ext4.";
    postBuildCommands = lines "Commands after the image was put together; its path is in $img.";
    rootVolumeLabel = option types.str "NIXOS_SD" "The label of the ext4.";
    storePaths =
      option (types.listOf types.package) [ ]
        "What is in the image's store, with its closure.";
  };
  config = {
    fileSystems = {
      "/boot/firmware" = {
        device = "/dev/disk/by-label/${cfg.firmwarePartitionName}";
        fsType = "vfat";
        options = [
          "nofail"
          "noauto"
        ];
      };
      "/" = {
        device = "/dev/disk/by-label/${cfg.rootVolumeLabel}";
        fsType = "ext4";
      };
    };
    hardware.enableAllHardware = true;
    image.extension = if cfg.compressImage then "img.zst" else "img";
    image.filePath = "sd-image/${config.image.fileName}";
    sdImage.storePaths = [ config.system.build.toplevel ];
    system.nixos.tags = [ "sd-card" ];
    system.build.image = config.system.build.sdImage;
    system.build.sdImage = pkgs.runCommand config.image.fileName { } ''
      # By their paths: the shell would take its own programs of these names.
      tools=${pkgs.imageTools}/bin
      export PATH=$tools:${pkgs.buildBusybox}/bin SOURCE_DATE_EPOCH=946684800
      mkdir -p "$out/nix-support" "$out/sd-image"
      img=$out/sd-image/${config.image.baseName}.img
      echo ${pkgs.buildPlatform.system} > "$out/nix-support/system"
      echo "file sd-image $out/${config.image.filePath}" > "$out/nix-support/hydra-build-products"

      root=${rootImage}
      gap=${toString cfg.firmwarePartitionOffset}
      firmware=${toString cfg.firmwareSize}
      rootSize=$(($(stat -c %s "$root") / 1048576))
      truncate -s "$((gap + firmware + rootSize))M" "$img"
      $tools/sfdisk --quiet --no-reread --no-tell-kernel "$img" << EOF
      label: dos
      label-id: ${cfg.firmwarePartitionID}

      start=''${gap}M, size=''${firmware}M, type=b
      start=$((gap + firmware))M, size=''${rootSize}M, type=83, bootable
      EOF

      truncate -s "''${firmware}M" firmware.img
      $tools/mkfs.vfat --invariant -i ${cfg.firmwarePartitionID} -n ${cfg.firmwarePartitionName} firmware.img
      mkdir firmware
      ${cfg.populateFirmwareCommands}
      find firmware -exec touch -d "2000-01-01 00:00:00" {} +
      cd firmware
      for folder in $(find . -mindepth 1 -type d | sort); do $tools/mmd -i ../firmware.img "::/$folder"; done
      for file in $(find . -type f | sort); do $tools/mcopy -pvm -i ../firmware.img "$file" "::/$file"; done
      cd ..
      $tools/fsck.vfat -vn firmware.img

      # A Pi's card has holes where its file systems have none of their own data.
      place() { # file, MiB
        dd if="$1" of="$img" bs=1M seek="$2" conv=notrunc 2> /dev/null
      }
      place firmware.img "$gap"
      place "$root" "$((gap + firmware))"
      ${cfg.postBuildCommands}
      ${lib.optionalString cfg.compressImage ''$tools/zstd -q -T2 --rm "$img"''}
    '';

    systemd.services.expand-root-partition = lib.mkIf cfg.expandOnBoot {
      description = "Grow the root partition and filesystem to fill the SD card";
      wantedBy = [ "sysinit.target" ];
      after = [ "local-fs.target" ];
      before = [
        "sysinit.target"
        "shutdown.target"
        "register-nix-paths.service"
      ];
      conflicts = [ "shutdown.target" ];
      restartIfChanged = false;
      unitConfig = {
        ConditionPathExists = cfg.nixPathRegistrationFile;
        DefaultDependencies = false;
      };
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
      };
      script = ''
        root=$(/usr/bin/findmnt -n -o SOURCE /)
        disk=$(/usr/bin/lsblk -npo PKNAME "$root")
        number=$(/usr/bin/lsblk -nrpo MAJ:MIN "$root" | sed 's/.*://')
        echo ",+," | /usr/sbin/sfdisk -N$number --no-reread "$disk"
        /usr/bin/partx --update "$disk"
        /usr/sbin/resize2fs "$root"
      '';
    };
    systemd.services.register-nix-paths = {
      description = "Register Nix Store Paths";
      wantedBy = [ "sysinit.target" ];
      after = [ "local-fs.target" ];
      before = [
        "sysinit.target"
        "shutdown.target"
        "nix-daemon.socket"
        "nix-daemon.service"
      ];
      conflicts = [ "shutdown.target" ];
      restartIfChanged = false;
      unitConfig = {
        ConditionPathExists = cfg.nixPathRegistrationFile;
        DefaultDependencies = false;
      };
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
      };
      script = ''
        ${config.nix.package}/bin/nix-store --load-db < ${cfg.nixPathRegistrationFile}
        touch /etc/NIXOS
        ${config.nix.package}/bin/nix-env -p /nix/var/nix/profiles/system --set /run/current-system
        rm -f ${cfg.nixPathRegistrationFile}
      '';
    };
  };
}
