#!/bin/sh
# Makes what the QEMU Pi is made of: build.sh OUT BASE [MIRROR]. BASE is the lab's base image. Runs as root; no program of
# another architecture runs here, nothing is mounted.
#   OUT/qemu             QEMU with its libraries and their loader
#   OUT/virt, OUT/rpi_3  Debian's U-Boot for QEMU's `virt` and for a Pi 3, with the Pi's device tree
#   OUT/blobs            what goes into the Nix store: the userland and two kernels as compressed archives
#   OUT/NAME.version     the version of a kernel
set -eu

out=$1 base=$2 mirror=${3:-http://deb.debian.org/debian}
here=$(dirname "$(readlink -f "$0")")
work=$out/work

apt_settings() {
  # The release of the base image: its /etc is what the packages here find configured.
  suite=$(sed -n 's/^VERSION_CODENAME=//p' "$base/rootfs/etc/os-release")
  mkdir -p "$work/lists/partial" "$work/archives/partial"
  : >"$work/status"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$work/sources.list"
  cat >"$work/apt.conf" <<EOF
Dir::State::lists "$work/lists";
Dir::State::status "$work/status";
Dir::Cache "$work";
Dir::Etc::sourcelist "$work/sources.list";
Dir::Etc::sourceparts "-";
APT::Architectures { "amd64"; "arm64"; };
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::Check-Valid-Until "false";
EOF
  export APT_CONFIG="$work/apt.conf"
  apt-get -q update
}

# unpack DIRECTORY ARCHITECTURE PACKAGE…: these packages and all that they need.
unpack() {
  directory=$1 architecture=$2
  shift 2
  rm -f "$work"/archives/*.deb
  apt-get -q --yes --download-only -o "APT::Architecture=$architecture" install "$@"
  extract "$directory"
}

# download DIRECTORY PACKAGE…: these packages alone.
download() {
  directory=$1
  shift
  rm -f "$work"/archives/*.deb
  (cd "$work/archives" && apt-get -q download "$@")
  extract "$directory"
}

extract() {
  mkdir -p "$1"
  for package in "$work"/archives/*.deb; do dpkg-deb --extract "$package" "$1"; done
}

zstd() { "$base/image-tools/lib/ld.so" --library-path "$base/image-tools/lib" "$base/image-tools/bin/zstd" -q "$@"; }

# blob NAME DIRECTORY: the directory as a compressed archive, the same bytes for the same files.
blob() {
  mkdir -p "$out/blobs"
  tar --sort=name --numeric-owner --mtime=@1 --format=gnu -C "$2" -c . | zstd -T0 -10 >"$out/blobs/$1.tar.zst"
}

qemu() {
  unpack "$work/qemu" amd64 qemu-system-arm
  mkdir -p "$out/qemu/lib"
  cp "$work/qemu/usr/bin/qemu-system-aarch64" "$out/qemu/"
  lib=$work/qemu/usr/lib/x86_64-linux-gnu
  cp -L "$lib/ld-linux-x86-64.so.2" "$out/qemu/lib/ld.so"
  "$out/qemu/lib/ld.so" --library-path "$lib:$lib/pulseaudio" --list "$out/qemu/qemu-system-aarch64" |
    sed -n "s| *.* => \($lib/[^ ]*\) .*|\1|p" | xargs -I '{}' cp -L '{}' "$out/qemu/lib/"
}

firmware() {
  download "$work/u-boot" u-boot-qemu:all u-boot-rpi:arm64
  mkdir -p "$out/virt" "$out/rpi_3"
  cp "$work/u-boot/usr/lib/u-boot/qemu_arm64/u-boot.bin" "$out/virt/"
  cp "$work/u-boot/usr/lib/u-boot/rpi_3/u-boot.bin" "$out/rpi_3/"
}

# kernel BLOB METAPACKAGE: the kernel, and the modules that the initrd loads, in their order.
kernel() {
  image=$(apt-cache -o APT::Architecture=arm64 depends "$2" | sed -n 's/.*Depends: \(linux-image-[^ ]*\).*/\1/p' | head -n 1)
  version=${image#linux-image-} version=${version%:arm64}
  # Older releases have one package in place of three.
  download "$work/$1" "linux-binary-$version:arm64" "linux-modules-$version:arm64" "linux-base-$version:arm64" ||
    download "$work/$1" "linux-image-$version:arm64"
  mkdir -p "$work/$1-blob/modules"
  find "$work/$1" -name "vmlinuz*" -exec cp '{}' "$work/$1-blob/Image" ';'
  echo "$version" >"$out/$1.version"
  number=10
  for module in $modules; do
    found=$(find "$work/$1" -name "$module.ko*")
    number=$((number + 1))
    # The others are in the kernel itself.
    case $found in
      *.xz) xz --decompress --stdout "$found" >"$work/$1-blob/modules/$number-$module.ko" ;;
      *.ko) cp "$found" "$work/$1-blob/modules/$number-$module.ko" ;;
    esac
  done
  blob "$1" "$work/$1-blob"
}
modules="crc16 mbcache jbd2 ext4 virtio virtio_ring virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci
  virtio_mmio virtio_blk failover net_failover virtio_net nls_cp437 nls_ascii nls_iso8859-1 nls_utf8 fat vfat autofs4"

# Debian for arm64. Its packages are only unpacked: what their scripts would set up is in the base image's /etc, which is
# the same for all architectures.
userland() {
  root=$work/userland
  # shellcheck disable=SC2046 # names
  unpack "$root" arm64 $(sed -n 's/^essential=//p' "$here/packages") $(sed -n 's/^lab=//p' "$here/packages")
  cp -a "$base/rootfs/etc/." "$root/etc/"
  cp -a "$base/rootfs/home/." "$root/home/"
  cp -a "$base/rootfs/root/." "$root/root/"
  rm -rf "$root/etc/ld.so.cache" "$root/usr/share/doc" "$root/usr/share/man" "$root/usr/share/locale" "$root/boot" \
    "$root/usr/share/zoneinfo" "$root/usr/lib/aarch64-linux-gnu/gconv" "$root/nix"
  mkdir -p "$root/boot/firmware" "$root/var/log/journal" "$root/dev" "$root/proc" "$root/sys" "$root/run" "$root/tmp"
  chmod 1777 "$root/tmp" "$root/var/tmp"
  # What emulation makes slow, and nothing here needs.
  for unit in systemd-hwdb-update.service systemd-sysusers.service systemd-journal-catalog-update.service ldconfig.service \
    systemd-binfmt.service systemd-modules-load.service systemd-hostnamed.socket systemd-udev-load-credentials.service \
    systemd-pcrmachine.service systemd-pcrphase-sysinit.service modprobe@.service sys-kernel-debug.mount \
    sys-kernel-tracing.mount sys-kernel-config.mount sys-fs-fuse-connections.mount dev-hugepages.mount dev-mqueue.mount \
    proc-sys-fs-binfmt_misc.automount systemd-update-utmp.service \
    systemd-logind-varlink.socket systemd-networkd.socket systemd-mute-console.socket systemd-sysext.socket systemd-confext.socket; do
    ln -sfn /dev/null "$root/etc/systemd/system/$unit"
  done
  blob userland "$root"
}

apt_settings
qemu
firmware
kernel kernel linux-image-cloud-arm64
kernel kernel-latest linux-image-arm64
find "$work/kernel-latest" -name bcm2837-rpi-3-b.dtb -exec cp '{}' "$out/rpi_3/" ';'
userland
rm -rf "$work"
