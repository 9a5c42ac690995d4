#!/bin/sh
# Tells how much room this NixOS host has for a new system and which store paths of it are missing, as KEY=VALUE lines.
# On stdin: the store paths, one a line. Needs no root, writes nothing.
#
#   nix=KIB      free where /nix/store is
#   boot=KIB     free where /boot is, when that is another file system: kernels and initrds are copied there
#   missing=PATH
#
# df(1), nix-store(1) --check-validity.
set -u
PATH=/run/current-system/sw/bin:/nix/var/nix/profiles/default/bin:/usr/sbin:/usr/bin:/sbin:/bin

# Prints the device, and the KiB that a user may still write there.
free() { df -P -k "$1" 2>/dev/null | awk 'NR == 2 { print $1, $4 }'; }

missing=$(xargs nix-store --check-validity --print-invalid) || exit 1

nix=$(free /nix/store)
boot=$(free /boot)
echo "nix=${nix##* }"
[ -z "$boot" ] || [ "${boot% *}" = "${nix% *}" ] || echo "boot=${boot##* }"
[ -z "$missing" ] || echo "$missing" | sed 's/^/missing=/'
