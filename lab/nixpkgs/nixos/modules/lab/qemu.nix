# Stands in for nothing of nixpkgs: a lab host that is a whole machine in QEMU. U-Boot starts Debian's kernel with the
# initrd that is made here, which starts the toplevel's own `init`, as NixOS's stage 1 does. Its image holds the Debian
# that a lab host needs below its system.
# Not modelled: NixOS's stage 1 but for that; checks of file systems; loading modules later.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.lab.qemu;
  inherit (config.boot.kernelPackages) kernel;
in
{
  options.lab = {
    qemu.enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether this is the lab's QEMU Pi.";
    };
    userland = mkOption {
      type = types.nullOr types.package;
      internal = true;
      default = null;
      description = "A compressed archive of the Debian that the system runs on; null leaves the image without one.";
    };
    initrd = mkOption {
      type = types.nullOr types.package;
      internal = true;
      default = null;
      description = "An initrd that boots; null for a marker.";
    };
  };

  config = lib.mkIf cfg.enable {
    boot.kernelPackages = lib.mkDefault pkgs.qemu.linuxPackages;
    boot.kernelParams = lib.mkAfter [
      "console=ttyAMA0"
      "net.ifnames=0"
      # What systemd does is on the console, at once and in the order of time.
      "systemd.show_status=false"
      "systemd.log_target=kmsg"
      "printk.devkmsg=on"
      "audit=0"
    ];
    boot.loader.timeout = lib.mkDefault 1;
    lab.bootLoader = "extlinux";
    lab.userland = pkgs.qemu.userland;
    lab.initrd = pkgs.runCommand "initrd-linux-${kernel.version}" { } ''
      mkdir -p "$out" root/bin root/proc root/sys root/dev root/mnt root/modules
      cp ${pkgs.busybox}/bin/busybox root/bin/busybox
      cp ${./stage-1-init.sh} root/init
      chmod 755 root/init root/bin/busybox
      cp ${kernel}/modules/* root/modules/
      find root -exec touch -h -d "2000-01-01 00:00:00" {} +
      (cd root && find . | sort | ${pkgs.buildBusybox}/bin/cpio -o -H newc -R 0:0 --renumber-inodes --ignore-devno) |
        ${pkgs.imageTools}/bin/zstd -q -19 > "$out/initrd"
    '';
  };
}
