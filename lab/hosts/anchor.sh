#!/bin/sh
# Holds the lab's namespaces: anchor.sh LAB CGROUP. It is PID 1 of a PID namespace, so its death, however it
# comes, ends every process of the lab, and with them its mounts, links and loop devices.
# Its mount and network namespaces are the lab person's laptop.
set -eu

lab=$1 cgroup=$2

# A root of our own, made of the machine's directories: /nix and /etc/hosts can then differ from the machine's
# without a trace on it.
build_root() {
  new=$lab/run/root
  mkdir -p "$new"
  mount -t tmpfs -o mode=755 laptop "$new"
  for entry in /* /.[!.]*; do
    if [ "$entry" = /nix ]; then
      continue
    elif [ -L "$entry" ]; then
      ln -s "$(readlink "$entry")" "$new$entry"
    elif [ -d "$entry" ]; then
      mkdir "$new$entry"
      mount --rbind "$entry" "$new$entry"
    elif [ -e "$entry" ]; then
      : >"$new$entry"
      mount --bind "$entry" "$new$entry"
    fi
  done
  mkdir "$new/nix"
  mount --bind "$lab/nix" "$new/nix"
  mount --bind "$lab/hosts.txt" "$new/etc/hosts"
  cd "$new"
  pivot_root . .
  umount -l .
  cd /
}

build_network() {
  ip link set lo up
  ip link add lab0 type bridge
  ip address add 10.77.0.1/24 dev lab0
  ip link set lab0 up
}

# The machine's own sysfs shows the machine's network.
own_binfmt() {
  mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc ||
    echo "binfmt_misc can't be mounted: no aarch64 in this lab" >&2
}

read -r stat </proc/self/stat
echo 0 >"$cgroup/keeper/cgroup.procs"
build_root
build_network
own_binfmt

# shellcheck disable=SC2086 # fields of /proc/PID/stat
set -- $stat
echo "$1 ${22}" >"$lab/run/anchor.new"
mv "$lab/run/anchor.new" "$lab/run/anchor"

# Reaps what loses its parent, and never ends by itself.
while :; do
  sleep 2147483647 &
  wait $! || :
done
