#!/bin/sh
# Builds the lab's base image: build.sh OUT FINAL SUITE [MIRROR]. Everything goes to OUT, which the caller
# renames to FINAL when this ends well. Runs as root in a mount namespace of its own.
#   OUT/rootfs       what every virtual Pi boots from (read-only, below an overlay)
#   OUT/nix          the same Nix, made to run on this machine
#   OUT/busybox      static shells for both systems: the builders of the lab's derivations
#   OUT/image-tools  what makes images of cards: programs, their libraries and their loader
#   OUT/qemu-aarch64 static emulator
set -eu

out=$1 final=$2 suite=$3 mirror=$4
here=$(dirname "$(readlink -f "$0")")
root=$out/rootfs

bootstrap() {
  packages=nix-bin,nix-setup-systemd,openssh-server,openssh-client,systemd,systemd-sysv,dbus,sudo
  packages=$packages,bash-static,busybox-static,iproute2,patchelf,age,avahi-daemon,avahi-utils
  image_tools="e2fsprogs libext2fs2t64 dosfstools mtools fdisk libfdisk1 zstd"
  # Old snapshots and slow mirrors are fine: signatures are still checked.
  mmdebstrap --mode=root --variant=minbase --format=directory --architectures=amd64,arm64 \
    --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='Acquire::Languages "none"' \
    --aptopt='APT::Install-Recommends "false"' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --include="$packages" \
    --customize-hook="chroot \"\$1\" sh -c 'cd /root && apt-get -q download busybox-static:arm64 qemu-user:amd64'" \
    --customize-hook="chroot \"\$1\" sh -c 'mkdir /root/debs && cd /root/debs && apt-get -q download $image_tools'" \
    "$suite" "$root" ${mirror:+"$mirror"}
}

# What makes images of cards, with all that it needs: pkgs/image-tools.nix starts it by its loader.
add_image_tools() {
  mkdir -p "$root/root/tools" "$out/image-tools/bin" "$out/image-tools/lib"
  # shellcheck disable=SC2016 # the shell in the chroot expands it
  chroot "$root" sh -euc 'for package in /root/debs/*.deb; do dpkg-deb -x "$package" /root/tools; done'
  for program in sbin/mke2fs sbin/e2fsck sbin/debugfs sbin/mkfs.fat sbin/fsck.fat sbin/sfdisk bin/mtools bin/zstd bin/tar; do
    found=$(readlink -e "$root/root/tools/usr/$program" "$root/usr/$program" | head -n 1)
    cp "$found" "$out/image-tools/bin/${program#*/}"
  done
  # mke2fs loads the last library by itself, to read an archive.
  # shellcheck disable=SC2016 # the shell in the chroot expands it
  chroot "$root" sh -euc 'set -- /root/tools/usr/lib/*-linux-gnu
    archive=$(echo /usr/lib/*-linux-gnu/libarchive.so.13)
    cd /root/tools/usr
    LD_LIBRARY_PATH=$1 ldd sbin/mke2fs sbin/e2fsck sbin/debugfs sbin/mkfs.fat sbin/sfdisk bin/mtools bin/zstd /usr/bin/tar "$archive"
    echo " => $archive (loaded)"' |
    sed -n 's/.* => \(\/[^ ]*\) .*/\1/p' | sort -u | while read -r library; do
    cp -L "$root$library" "$out/image-tools/lib/"
  done
  cp -L "$root$(chroot "$root" patchelf --print-interpreter /usr/bin/nix)" "$out/image-tools/lib/ld.so"
  # The characters of names on FAT; mtools does nothing without them.
  cp -L "$root"/usr/lib/*-linux-gnu/gconv/IBM850.so "$out/image-tools/lib/"
}

# Files of packages that are not installed in the image.
extract_tools() {
  mkdir -p "$root/root/arm64" "$root/root/qemu" "$out/busybox/x86_64-linux" "$out/busybox/aarch64-linux"
  chroot "$root" sh -c 'dpkg-deb -x /root/busybox-static_*_arm64.deb /root/arm64
    dpkg-deb -x /root/qemu-user_*_amd64.deb /root/qemu'
  cp "$root/usr/bin/busybox" "$out/busybox/x86_64-linux/sh"
  cp "$(readlink -e "$root/root/arm64/usr/bin/busybox" "$root/root/arm64/bin/busybox" | head -n 1)" \
    "$out/busybox/aarch64-linux/sh"
  cp "$root/root/qemu/usr/bin/qemu-aarch64" "$out/qemu-aarch64"
  rm -rf "$root"/root/*
}

# Nix re-executes itself, so it can't be started through another loader: its ELF header must name the loader.
relocate_nix() {
  mkdir -p "$out/nix/bin" "$out/nix/lib"
  loader=$(chroot "$root" patchelf --print-interpreter /usr/bin/nix)
  cp -L "$root/usr/bin/nix" "$root/nix-relocated"
  chroot "$root" ldd /usr/bin/nix | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p' | while read -r library; do
    cp -L "$root$library" "$out/nix/lib/"
  done
  cp -L "$root$loader" "$out/nix/lib/"
  chroot "$root" patchelf --set-interpreter "$final/nix/lib/$(basename "$loader")" \
    --force-rpath --set-rpath "$final/nix/lib" /nix-relocated
  mv "$root/nix-relocated" "$out/nix/bin/nix"
  for name in nix-build nix-channel nix-collect-garbage nix-copy-closure nix-daemon nix-env nix-hash \
    nix-instantiate nix-prefetch-url nix-shell nix-store; do
    ln -s nix "$out/nix/bin/$name"
  done
}

configure() {
  cp -R "$here/files/." "$root/"
  chmod 440 "$root/etc/sudoers.d/pi-fleet-lab"
  cp "$out/busybox/aarch64-linux/sh" "$root/usr/lib/pi-fleet-lab/sh-aarch64"
  rm -f "$root"/etc/ssh/ssh_host_* "$root/etc/resolv.conf" "$root/etc/machine-id"
  : >"$root/etc/machine-id"
  mkdir -p "$root/var/log/journal" "$root/etc/ssh/authorized_keys.d"
  chroot "$root" groupadd --gid 1 wheel 2>/dev/null || chroot "$root" groupadd --system wheel
  chroot "$root" useradd --create-home --shell /bin/bash --groups wheel,systemd-journal pi
  # Sessions without logind: a login costs a third, and nothing here asks for seats or user managers.
  sed -i '/pam_systemd/d' "$root/etc/pam.d/common-session"
  touch "$root/etc/default/locale"
  mask sshd-keygen.service getty@tty1.service console-getty.service getty.target systemd-pstore.service \
    apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer fstrim.timer e2scrub_all.timer \
    systemd-logind.service
  # It runs where a system says so.
  chroot "$root" systemctl --quiet disable avahi-daemon.service avahi-daemon.socket
  # Its socket starts the daemon.
  rm -f "$root/etc/systemd/system/multi-user.target.wants/nix-daemon.service"
}

mask() {
  for unit in "$@"; do ln -sfn /dev/null "$root/etc/systemd/system/$unit"; done
}

# A store path that a freshly flashed card boots: the profile has a first generation.
add_factory_system() {
  cp -R "$here/factory" "$root/tmp/nixos-system-factory"
  mount -t proc proc "$root/proc"
  # shellcheck disable=SC2016 # the shell in the chroot expands it
  chroot "$root" sh -eu -c '
    system=$(nix-store --add /tmp/nixos-system-factory)
    nix-env --profile /nix/var/nix/profiles/system --set "$system"
    rm -rf /tmp/nixos-system-factory /root/.cache /root/.local /root/.nix-profile /root/.nix-defexpr'
  umount "$root/proc"
}

bootstrap
add_image_tools
extract_tools
relocate_nix
configure
add_factory_system
