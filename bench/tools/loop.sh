#!/bin/sh
# loop.sh SCRIPT: runs the script for each "HOST TOPLEVEL" of its input, one after the other.
set -eu
while read -r host toplevel; do
	sh "$1" "$host" "$toplevel" </dev/null
done
