#!/bin/sh
# The QEMU Pi, switched on: qemu.sh LAB NAME ADDRESS CGROUP MADE MACHINE. It ends when it is switched off; a reboot from
# within goes through its boot loader. Runs in the lab's mount, network and PID namespaces.
#   virt     on the lab's network
#   raspi3b  a Pi 3 with its own U-Boot and device tree, without network
set -eu

lab=$1 name=$2 address=$3 cgroup=$4 made=$5 machine=$6
host=$lab/hosts/$name

read -r stat </proc/self/stat
mkdir -p "$cgroup/$name"
echo 0 >"$cgroup/$name/cgroup.procs"

# shellcheck disable=SC2086 # fields of /proc/PID/stat
set -- $stat
echo "$1 ${22}" >"$host/init.new"
mv "$host/init.new" "$host/init"

# A card is in this machine's page cache: what was written to it before the plug is pulled is on it.
set -- -L "$made/qemu" -accel tcg,thread=multi -nodefaults -display none \
  -drive "if=none,id=card,format=raw,file=$host/card.img,discard=unmap" \
  -chardev "file,id=console,path=$host/console.log,append=on"

case $machine in
  virt)
    ip link show "v-$name" >/dev/null 2>&1 || ip tuntap add dev "v-$name" mode tap
    ip link set "v-$name" master lab0
    if [ -e "$host/link-down" ]; then ip link set "v-$name" down; else ip link set "v-$name" up; fi
    set -- "$@" -machine virt -cpu cortex-a72 -smp 2 -m 768 -bios "$made/virt/u-boot.bin" -serial chardev:console \
      -device virtio-blk-pci,drive=card \
      -netdev "tap,id=net,ifname=v-$name,script=no,downscript=no" \
      -device "virtio-net-pci,netdev=net,romfile=,mac=$(printf '52:54:00:4d:00:%02x' "${address##*.}")"
    ;;
  raspi3b)
    # Its console is the second serial port.
    set -- "$@" -machine raspi3b -kernel "$made/rpi_3/u-boot.bin" -dtb "$made/rpi_3/bcm2837-rpi-3-b.dtb" \
      -serial null -serial chardev:console -device sd-card,drive=card
    ;;
esac

exec "$made/qemu/lib/ld.so" --library-path "$made/qemu/lib" "$made/qemu/qemu-system-aarch64" "$@"
