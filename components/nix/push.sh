#!/bin/sh
# Copies a closure from this build host to a Pi, directly. It logs in to the Pi with the forwarded ssh agent of the
# machine that asked. No key stays here.
#
#   push.sh KNOWN-HOSTS-LINE SSH-OPTIONS ARGUMENT-OF-NIX-COPY…
#
# nix-copy(1); NIX_SSHOPTS is split at white space, so the folder's name must have none.
set -eu
known=$1 options=$2
shift 2
case ${TMPDIR:-/tmp} in *[!A-Za-z0-9/._+-]*) TMPDIR=/tmp ;; esac
dir=$(mktemp -d "${TMPDIR:-/tmp}/pi-fleet.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 129' HUP INT TERM
printf '%s\n' "$known" >"$dir/known"
NIX_SSHOPTS="-o UserKnownHostsFile=$dir/known -o GlobalKnownHostsFile=/dev/null $options" \
	nix --extra-experimental-features 'nix-command flakes' copy "$@"
