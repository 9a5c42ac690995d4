#!/bin/sh
# copy-set-switch.sh HOST TOPLEVEL: what nixos-rebuild does with a system that is built.
set -eu
nix copy --to "ssh://$1" "$2"
ssh "$1" sudo nix-env --profile /nix/var/nix/profiles/system --set "$2"
ssh "$1" sudo "$2/bin/switch-to-configuration" switch
