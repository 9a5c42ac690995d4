#!/bin/sh
# put.sh TOPLEVEL [KEPT…]: makes a Pi what it would be if TOPLEVEL had been deployed to it and nothing after that.
# Paths of the store that are KEPT stay.
set -eu
toplevel=$1
shift
profile=/nix/var/nix/profiles/system

for path in "$@"; do
	[ ! -e "$path" ] || ln -sfn "$path" "/nix/var/nix/gcroots/bench-${path##*/}"
done
if [ "$(readlink -f $profile)" != "$toplevel" ]; then nix-env --profile $profile --set "$toplevel"; fi
if [ "$(readlink -f /run/current-system)" != "$toplevel" ]; then "$toplevel/bin/switch-to-configuration" switch; fi
nix-env --profile $profile --delete-generations old
nix-store --gc
