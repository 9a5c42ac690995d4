#!/bin/sh
# PID 1 of a virtual Pi before it knows its own root: plug-in.sh LAB NAME ADDRESS CGROUP ANCHOR.
set -eu

lab=$1 name=$2 address=$3 cgroup=$4 anchor=$5
root=$lab/hosts/$name/root

# /proc is still the machine's, so these are the ids that other processes of the machine see.
read -r stat </proc/self/stat
echo 0 >"$cgroup/$name/cgroup.procs"
# shellcheck disable=SC2086 # fields of /proc/PID/stat
set -- $stat
pid=$1 started=${22}

in_laptop() {
  nsenter --net="/proc/$anchor/ns/net" "$@"
}

in_laptop ip link delete "v-$name" 2>/dev/null || :
# A network card keeps its address over reboots. 1 is this process: the kernel looks it up in the PID namespace
# of the caller.
in_laptop ip link add "v-$name" type veth peer name eth0 netns 1 \
  address "$(printf '52:54:00:4d:00:%02x' "${address##*.}")"
in_laptop ip link set "v-$name" master lab0
if [ ! -e "$lab/hosts/$name/link-down" ]; then in_laptop ip link set "v-$name" up; fi

hostname "$name"
mount -t tmpfs -o mode=755,nosuid dev "$root/dev"
mknod -m 666 "$root/dev/null" c 1 3
mknod -m 666 "$root/dev/zero" c 1 5
mknod -m 666 "$root/dev/full" c 1 7
mknod -m 666 "$root/dev/random" c 1 8
mknod -m 666 "$root/dev/urandom" c 1 9
mknod -m 666 "$root/dev/tty" c 5 0
mkdir "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
ln -s fd/0 "$root/dev/stdin"
ln -s fd/1 "$root/dev/stdout"
ln -s fd/2 "$root/dev/stderr"

echo "$pid $started" >"$lab/hosts/$name/init.new"
mv "$lab/hosts/$name/init.new" "$lab/hosts/$name/init"

cd "$root"
pivot_root . mnt
exec unshare --cgroup env LAB_ADDRESS="$address" chroot . /usr/lib/pi-fleet-lab/stage2
