#!/bin/sh
# The runner's credential on a Pi. It is stdin, so that it is in no argv and in no file but its own.
#
#   runner.sh deliver UNIT ID   write stdin to .runner_token, restart UNIT, and note that delivery ID was made
#   runner.sh remove UNIT       stop UNIT and remove the credential
#
# nixos/modules/services/continuous-integration/github-runner: the unit's ExecStartPre reads tokenFile as root.
set -eu
PATH=/run/current-system/sw/bin:/usr/sbin:/usr/bin:/sbin:/bin
dir=/var/lib/github-runner
file=$dir/.runner_token
note=/var/lib/pi-fleet/runner

case $1 in
deliver)
	systemctl cat "$2" >/dev/null 2>&1 || { echo "its system has no unit $2 yet" >&2; exit 1; }
	mkdir -p "$dir" "${note%/*}"
	umask 077
	cat >"$file.new"
	if [ ! -s "$file.new" ]; then
		rm -f "$file.new"
		echo "no credential came" >&2
		exit 1
	fi
	if id github-runner >/dev/null 2>&1; then chown github-runner: "$file.new"; fi
	chmod 600 "$file.new"
	mv "$file.new" "$file"
	systemctl restart "$2"
	umask 022
	printf '%s\n' "$3" >"$note"
	;;
remove)
	systemctl stop "$2" 2>/dev/null || true
	rm -f "$file" "$note"
	;;
esac
