#!/bin/sh
# Tells of a system in this machine's store, as KEY=VALUE lines:
#
#   closure.sh TOPLEVEL OLD
#
#   size=PATH BYTES  a store path of its closure, and how large it is unpacked
#   boots=FILE       what a boot loader copies to /boot
#   compared=yes     OLD is in this store too
#   change=LINE      a package that differs, as nix store diff-closures says it
#   added=PATH       a store path of its closure that the closure of OLD does not have
set -eu
toplevel=$1 old=$2
store() { nix --extra-experimental-features 'nix-command flakes' "$@"; }

sizes=$(store path-info --recursive --size "$toplevel")
echo "$sizes" | sed 's/^/size=/'
for link in kernel initrd dtbs; do
	[ ! -e "$toplevel/$link" ] || echo "boots=$(readlink -f "$toplevel/$link")"
done
if [ -e "$old" ]; then
	changes=$(store store diff-closures "$old" "$toplevel")
	echo compared=yes
	[ -z "$changes" ] || echo "$changes" | sed 's/^/change=/'
	before=$(store path-info --recursive "$old")
	printf '%s\n\n%s\n' "$before" "$sizes" |
		awk 'NF == 0 { new = 1; next } !new { had[$1] } new && !($1 in had) { print "added=" $1 }'
fi
