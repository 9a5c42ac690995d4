#!/bin/sh
# Tells how much room this NixOS host has where a new system writes, and which store paths of it are missing, as
# KEY=VALUE lines. On stdin: the store paths, one a line. Needs no root, writes nothing.
#
#   room=PATH MOUNT KIB [INODES]   free where PATH is. Without INODES the file system has no fixed number of them
#   kernels=PATH                   a boot loader keeps kernels and initrds there
#   missing=PATH
#
# df(1), nix-store(1) --check-validity. The loader of nvmd/nixos-raspberrypi keeps kernels on the firmware partition
# (modules/system/boot/loader/raspberrypi/default.nix); all others keep them in /boot.
set -u
PATH=/run/current-system/sw/bin:/nix/var/nix/profiles/default/bin:/usr/sbin:/usr/bin:/sbin:/bin

for path in /nix/store /boot /boot/firmware /etc /var/lib /tmp /run; do
	[ -d "$path" ] || continue
	inodes=$(df -P -i "$path" 2>/dev/null | awk 'NR == 2 && $2 > 0 { print $4 }')
	df -P -k "$path" 2>/dev/null | awk -v path="$path" -v inodes="$inodes" 'NR == 2 { print "room=" path, $6, $4, inodes }'
done
echo "kernels=/boot"
for path in /boot/firmware/nixos-kernels /boot/firmware/nixos; do
	[ ! -d "$path" ] || echo "kernels=/boot/firmware"
done

missing=$(xargs nix-store --check-validity --print-invalid) || exit 1
[ -z "$missing" ] || echo "$missing" | sed 's/^/missing=/'
