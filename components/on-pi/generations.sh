#!/bin/sh
# Prints the generations of the system profile, the newest first. A line has the number, when it was made, its store path and
# its marks: running, booted (at the last restart), default (boots next). Needs no root. nix-env(1), --list-generations.
set -u
PATH=/run/current-system/sw/bin:/nix/var/nix/profiles/default/bin:/usr/sbin:/usr/bin:/sbin:/bin
profile=/nix/var/nix/profiles/system

for link in "$profile"-*-link; do
	[ -e "$link" ] || continue
	number=${link#"$profile"-}
	system=$(readlink -f "$link")
	marks=""
	[ "$system" != "$(readlink -f /run/current-system)" ] || marks="$marks running"
	[ "$system" != "$(readlink -f /run/booted-system)" ] || marks="$marks booted"
	[ "${link##*/}" != "$(readlink "$profile")" ] || marks="$marks default"
	echo "${number%-link} $(date -u -d "@$(stat -c %Y "$link")" +%Y-%m-%dT%H:%MZ) $system$marks"
done | sort -rn
