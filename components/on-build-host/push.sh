#!/bin/sh
# Copies a closure from this build host to a Pi, directly. The Pi's login comes through the forwarded ssh agent of the
# machine that asked; nothing of it stays here.
#
#   push.sh STORE-PATH STORE-URL KNOWN-HOSTS-LINE SSH-OPTION…
#
# nix-copy(1); NIX_SSHOPTS is split at white space.
set -eu
path=$1 url=$2 known=$3
shift 3
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 129' HUP INT TERM
printf '%s\n' "$known" >"$dir/known"
NIX_SSHOPTS="-o UserKnownHostsFile=$dir/known -o GlobalKnownHostsFile=/dev/null $*" \
	nix --extra-experimental-features 'nix-command flakes' copy --no-check-sigs --substitute-on-destination \
	--to "$url" "$path"
