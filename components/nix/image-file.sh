#!/bin/sh
# Tells of the image of a card that was built on this machine, as KEY=VALUE lines:
#
#   image-file.sh STORE-PATH
#
#   file=PATH    the image: the store path itself, or the one file in it that is named like an image
#   bytes=N      its size
#   found=PATH   in place of both: each file that is named so, when there is not just one
set -eu
out=$1
if [ -f "$out" ]; then
	found=$out
else
	found=$(find "$out" -type f \( -name '*.img' -o -name '*.img.*' -o -name '*.raw' -o -name '*.raw.*' \))
fi
if [ -f "$found" ]; then
	echo "file=$found"
	echo "bytes=$(($(wc -c <"$found")))"
else
	printf '%s\n' "$found" | sed 's/^/found=/'
fi
