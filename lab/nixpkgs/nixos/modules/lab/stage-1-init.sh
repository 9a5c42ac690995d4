#!/bin/busybox sh
# The initrd of the QEMU Pi: modules, the network's address, the root, and then the system that the kernel's command line
# names by init=.
set -u
bb=/bin/busybox

fail() {
  echo "stage 1: $*" >/dev/kmsg
  # As a Pi that hangs: only its plug helps.
  while :; do $bb sleep 1000; done
}

$bb mount -t proc proc /proc
$bb mount -t sysfs sysfs /sys
$bb mount -t devtmpfs devtmpfs /dev
for module in /modules/*.ko; do
  $bb insmod "$module" || echo "stage 1: $module can't be loaded" >/dev/kmsg
done

init= network=on
for word in $($bb cat /proc/cmdline); do
  case $word in
    init=*) init=${word#init=} ;;
    # A kernel without the driver.
    lab.network=off) network=off ;;
  esac
done

# In place of a router that knows the card's address: the last byte of it is the last one of the Pi's.
$bb ip link set lo up
if [ $network = on ] && [ -e /sys/class/net/eth0/address ]; then
  mac=$($bb cat /sys/class/net/eth0/address)
  $bb ip address add "10.77.0.$((0x${mac##*:}))/24" dev eth0
  $bb ip link set eth0 up
fi

tries=100
until root=$($bb findfs LABEL=NIXOS_SD 2>/dev/null); do
  tries=$((tries - 1))
  [ $tries -gt 0 ] || fail "there is no file system NIXOS_SD"
  $bb sleep 0.1
done
$bb mount -t ext4 -o noatime "$root" /mnt || fail "$root can't be mounted"
[ -n "$init" ] && [ -x "/mnt$init" ] || fail "there is no system '$init'"
for folder in proc sys dev; do $bb mount --move "/$folder" "/mnt/$folder"; done
$bb mount -t tmpfs -o mode=755,nosuid,nodev tmpfs /mnt/run
exec $bb switch_root /mnt "$init"
fail "$init can't be started"
