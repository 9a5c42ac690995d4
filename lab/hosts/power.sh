#!/bin/sh
# The power supply of a virtual Pi: power.sh LAB NAME ADDRESS CGROUP ANCHOR. Boots the host, boots it again when
# it reboots itself, and ends when it is switched off. Runs in the lab's mount, network and PID namespaces.
set -eu

lab=$1 name=$2 address=$3 cgroup=$4 anchor=$5
host=$lab/hosts/$name
here=$(dirname "$(readlink -f "$0")")
# What unshare ends with: 128 and the signal that reboot(2) ends PID 1 with, or the one that we do.
rebooted=129 halted=130 unplugged=137

echo 0 >"$cgroup/keeper/cgroup.procs"
exec 9>"$host/power.lock"
# One that was just switched off needs a moment to let go; one that is on keeps its power supply.
flock --timeout 10 9 || exit 0
rm -f "$host/init"
sh "$here/disk.sh" insert "$lab" "$name"

status=$rebooted
while [ $status -eq $rebooted ]; do
  mkdir -p "$cgroup/$name"
  status=0
  unshare --mount --uts --ipc --net --pid --fork --propagation private \
    sh "$here/plug-in.sh" "$lab" "$name" "$address" "$cgroup" "$anchor" 9>&- || status=$?
  rm -f "$host/init"
  # Processes entered from outside die with the host, but a moment later.
  tries=100
  while ! find "$cgroup/$name" -depth -type d -exec rmdir {} + 2>/dev/null && [ $tries -gt 0 ]; do
    tries=$((tries - 1))
    sleep 0.05
  done
done

case $status in
  "$halted" | "$unplugged") ;;
  *) exit "$status" ;;
esac
