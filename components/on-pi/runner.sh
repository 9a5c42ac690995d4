#!/bin/sh
# One runner's registration on a Pi, as root. A token comes on stdin, so that it is in no argv and in no file but its own.
#
#   runner.sh state NAME                                tell what is there, as KEY=VALUE lines
#   runner.sh deliver NAME TOKEN-FILE REGISTRATION SCOPE  write stdin to TOKEN-FILE and start the runner, which registers
#   runner.sh note NAME TOKEN-FILE REGISTRATION SCOPE ID DELIVERY  remember that this went well
#   runner.sh restart NAME | stop NAME
#   runner.sh remove NAME TOKEN-FILE ID                  stop it and remove its token and credentials, if it still has this ID;
#                                                        tells the id in its own state, which an ephemeral one changes
#
# nixos/modules/services/continuous-integration/github-runner: the unit reads tokenFile as root at each start and wipes
# its state when it differs from .current-token. Our unit (runner.nix) starts only when notes/NAME/REGISTRATION exists.
# It makes notes/NAME/.done when a just-in-time runner's one job has ended.
set -eu
PATH=/run/current-system/sw/bin:/usr/sbin:/usr/bin:/sbin:/bin
verb=$1
name=$2
# The name is a part of each path below.
case $name in
'' | . | .. | *[!A-Za-z0-9_.-]*)
	echo "not the name of a runner: '$name'" >&2
	exit 64
	;;
esac
unit=github-runner-$name.service
state=/var/lib/github-runner/$name
notes=/var/lib/pi-fleet/runners/$name
token=${3:-}

note() { sed -n "s/^$1=//p" "$notes"/* 2>/dev/null | head -n 1; }

# The runner's id in its own state: "agentId": 3 after a configuration, "AgentId":"3" after a just-in-time config.
agent() { sed -n 's/.*"[aA]gentId": *"\{0,1\}\([0-9]*\).*/\1/p' "$state/.runner" 2>/dev/null | head -n 1; }

# Writes the note from the lines on stdin. All may read it: nothing in it is secret.
write_note() {
	umask 022
	mkdir -p "$notes"
	cat >"$notes/.new"
	mv "$notes/.new" "$notes/$1"
}

# Removes what the runner registered with, so that it registers anew. $state is a link to a private directory, because the
# unit's user is a dynamic one.
forget_state() {
	[ -d "$state" ] || return 0
	place=$(readlink -f "$state")
	case $place in
	*/github-runner/"$name") ;;
	*)
		echo "$state leads to $place, which is no runner's: nothing in it was deleted" >&2
		exit 1
		;;
	esac
	find "$place/" -mindepth 1 -delete
}

# Removes the notes of a runner that had this token file before, under another name.
take_over() {
	for note in "${notes%/*}"/*/*; do
		if grep -qsxF "token=$token" "$note"; then rm -rf "${note%/*}"; fi
	done
}

case $verb in
state)
	if systemctl cat "$unit" >/dev/null 2>&1; then echo unit=yes; fi
	echo "active=$(systemctl is-active "$unit" || true)"
	for file in "$notes"/*; do
		if [ -e "$file" ]; then echo "registration=${file##*/}"; fi
	done
	for key in id scope delivery; do echo "$key=$(note $key)"; done
	if [ -s "$(note token)" ]; then echo token=yes; fi
	if [ -e "$notes/.done" ]; then echo done=yes; fi
	echo "agent=$(agent)"
	echo "version=$(systemctl show --property=ExecStart --value "$unit" 2>/dev/null | grep -o 'github-runner-[0-9][0-9.]*[0-9]' | head -n 1 | cut -d- -f3)"
	# The last lines of the unit's journal, for the message of a failure.
	journalctl --unit="$unit" --lines=4 --output=cat --no-pager 2>/dev/null | cut -c1-200 | sed 's/^/journal=/'
	;;
deliver)
	systemctl cat "$unit" >/dev/null 2>&1 || { echo "its system has no unit $unit yet" >&2; exit 1; }
	mkdir -p "${token%/*}"
	(
		umask 077
		cat >"$token.new"
		if [ ! -s "$token.new" ]; then
			rm -f "$token.new"
			echo "no token came" >&2
			exit 1
		fi
		if id github-runner >/dev/null 2>&1; then chown github-runner: "$token.new"; fi
		chmod 600 "$token.new"
	)
	systemctl stop "$unit"
	mv "$token.new" "$token"
	forget_state
	take_over
	rm -rf "$notes"
	printf 'token=%s\nscope=%s\n' "$token" "$5" | write_note "$4"
	systemctl reset-failed "$unit" 2>/dev/null || true
	systemctl start "$unit"
	;;
note)
	printf 'id=%s\ndelivery=%s\ntoken=%s\nscope=%s\n' "$6" "$7" "$token" "$5" | write_note "$4"
	;;
restart)
	systemctl reset-failed "$unit" 2>/dev/null || true
	systemctl restart "$unit"
	;;
stop)
	systemctl stop "$unit" 2>/dev/null || true
	;;
remove)
	echo "agent=$(agent)"
	# A runner that was registered later, or by somebody else, is not ours.
	[ "$(note id)" = "$4" ] || [ -z "$(note id)" ] || exit 0
	systemctl stop "$unit" 2>/dev/null || true
	rm -rf "$notes"
	forget_state
	if ! grep -qsxF "token=$token" "${notes%/*}"/*/*; then rm -f "$token"; fi
	rmdir "${notes%/*}" 2>/dev/null || true
	;;
esac
