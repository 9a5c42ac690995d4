#!/bin/sh
# The QEMU Pi, switched on: qemu.sh LAB NAME ADDRESS CGROUP MADE. Ends when it is switched off. A reboot from within is one of the
# same machine, through its boot loader. Runs in the lab's mount, network and PID namespaces.
set -eu

lab=$1 name=$2 address=$3 cgroup=$4 made=$5
host=$lab/hosts/$name

read -r stat </proc/self/stat
mkdir -p "$cgroup/$name"
echo 0 >"$cgroup/$name/cgroup.procs"

ip link show "v-$name" >/dev/null 2>&1 || ip tuntap add dev "v-$name" mode tap
ip link set "v-$name" master lab0
if [ ! -e "$host/link-down" ]; then ip link set "v-$name" up; fi

# shellcheck disable=SC2086 # fields of /proc/PID/stat
set -- $stat
echo "$1 ${22}" >"$host/init.new"
mv "$host/init.new" "$host/init"

# Its card is in the host's page cache: what was written before the plug is pulled is on it.
exec "$made/qemu/lib/ld.so" --library-path "$made/qemu/lib" "$made/qemu/qemu-system-aarch64" \
  -L "$made/qemu" -machine virt -accel tcg,thread=multi -cpu cortex-a72 -smp 2 -m 768 -nodefaults -display none \
  -bios "$made/virt/u-boot.bin" \
  -chardev "file,id=console,path=$host/console.log,append=on" -serial chardev:console \
  -drive "if=none,id=card,format=raw,file=$host/card.img,discard=unmap" -device virtio-blk-pci,drive=card \
  -netdev "tap,id=net,ifname=v-$name,script=no,downscript=no" \
  -device "virtio-net-pci,netdev=net,romfile=,mac=$(printf '52:54:00:4d:00:%02x' "${address##*.}")"
