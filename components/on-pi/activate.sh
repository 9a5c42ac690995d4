#!/bin/sh
# Moves this NixOS host to a new system so that it can't be stranded, and outlives the ssh connection that asked.
#
#   activate.sh hold TOPLEVEL                     keep TOPLEVEL from the garbage collector, before it is copied
#   activate.sh start TOPLEVEL ID HOLDER LIMIT CONFIRM
#                                                 begin, as a unit of its own; LIMIT and CONFIRM in seconds
#   activate.sh follow SECONDS                    wait until the host needs an answer or is done; print where it stands
#   activate.sh confirm ID                        yes, keep it: asked over a fresh connection
#   activate.sh record TOPLEVEL ID                note that the host is where ID wanted it, when it already is
#   activate.sh forget                            remove what this script keeps on the host, not its system
#
# The order: arm a timer that returns to the running system; `switch-to-configuration test`; wait for the
# confirmation; only then set the profile and the boot default. Without confirmation, after a unit failed that did not
# fail before, or after a power cut, the old system is back. The result is a file, so that it can be read later.
# The contract of switch-to-configuration: nixpkgs pkgs/by-name/sw/switch-to-configuration-ng.
set -u
PATH=/run/current-system/sw/bin:/nix/var/nix/profiles/default/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH

run=/run/pi-fleet
kept=/var/lib/pi-fleet
roots=/nix/var/nix/gcroots/pi-fleet
profile=/nix/var/nix/profiles/system
unit=pi-fleet-activation
rescue=pi-fleet-return

say() { echo "$*" >>"$run/log"; }

phase() {
	echo "$1" >"$run/phase.new" && mv "$run/phase.new" "$run/phase"
}

# The value of KEY in the file of KEY=VALUE lines.
value() { sed -n "s/^$2=//p" "$1"; }

# Writes stdin to a file so that it is whole or not there, also after a power cut.
write() {
	cat >"$1.new" && sync "$1.new" && mv "$1.new" "$1"
}

finish() {
	# What is read after the run: the outcome and, for a return, why.
	printf 'id=%s\nresult=%s\nreason=%s\n' "$(value "$run/activation" id)" "$1" "$2" | write "$run/result"
	phase 'done'
}

# Failed units, without the runners': a runner never rolls a system back.
failed_units() {
	systemctl list-units --state=failed --plain --no-legend --no-pager 2>/dev/null |
		awk '{ print $1 }' | grep -v '^github-runner-' | sort
}

hold() {
	mkdir -p "$roots"
	ln -sfn "$1" "$roots/new"
	current=$(readlink -f /run/current-system)
	[ ! -e "$current" ] || ln -sfn "$current" "$roots/old"
}

# The new system stays with the profile from here on; the old one with its generation.
release() { rm -rf "$roots"; }

record() {
	mkdir -p "$kept"
	printf 'id=%s\nsystem=%s\nmachine=%s\n' "$2" "$1" "$(cat /etc/machine-id)" | write "$kept/convergence"
	chmod 644 "$kept/convergence"
}

start() {
	mkdir -p "$run"
	exec 9>"$run/lock"
	if ! flock -n 9 || systemctl is-active --quiet "$unit.service" "$rescue.service"; then
		echo "held by $(value "$run/activation" holder) since $(value "$run/activation" since)"
		exit 75
	fi
	rm -f "$run/result" "$run/answer" "$run/log"
	{
		printf 'toplevel=%s\nid=%s\nholder=%s\nlimit=%s\nconfirm=%s\n' "$1" "$2" "$3" "$4" "$5"
		printf 'since=%s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
		printf 'old=%s\nprofile=%s\n' "$(readlink -f /run/current-system)" "$(readlink -f "$profile")"
	} | write "$run/activation"
	mkfifo -m 600 "$run/answer"
	phase testing
	systemctl reset-failed "$unit.service" 2>/dev/null
	systemd-run --quiet --collect --unit="$unit" --service-type=exec sh "$run/activate.sh" run 9>&-
}

# The timer counts monotonic time: a clock that jumps does not matter.
arm() {
	disarm
	systemd-run --quiet --collect --unit="$rescue" --on-active="$1" --timer-property=AccuracySec=200ms \
		sh "$run/activate.sh" rescue "$2"
}

disarm() { systemctl stop "$rescue.timer" 2>/dev/null || true; }

# The body of the unit.
activation() {
	toplevel=$(value "$run/activation" toplevel)
	old=$(value "$run/activation" old)
	before=$(failed_units)
	if [ "$toplevel" != "$old" ]; then
		arm "$(value "$run/activation" limit)" "the new system's activation took longer than allowed" || {
			finish returned "the return to the old system could not be armed, so nothing was changed"
			return
		}
		code=0
		"$toplevel/bin/switch-to-configuration" test >>"$run/log" 2>&1 || code=$?
		new=$(failed_units | grep -vxF "${before:- }" | tr '\n' ' ')
		if [ -n "$new" ]; then
			go_back "units failed that did not fail before: $new"
			return
		fi
		# 4: units failed; the comparison above has judged those.
		if [ "$code" -ne 0 ] && [ "$code" -ne 4 ]; then
			go_back "switch-to-configuration test ended with exit code $code"
			return
		fi
	fi
	arm "$(value "$run/activation" confirm)" "nobody confirmed the new system over a fresh connection" || {
		go_back "the return to the old system could not be armed"
		return
	}
	phase awaiting-confirmation
	read -r _ <"$run/answer"
	phase committing
	if commit "$toplevel" >>"$run/log" 2>&1; then
		disarm
		release
		finish committed ""
	else
		go_back "the new system could not be made the boot default"
	fi
}

commit() {
	nix-env -p "$profile" --set "$1" && "$1/bin/switch-to-configuration" boot &&
		record "$1" "$(value "$run/activation" id)"
}

# Back to the system that ran before, with profile and boot default as they were.
go_back() {
	phase returning
	say "returning: $1"
	old=$(value "$run/activation" old)
	was=$(value "$run/activation" profile)
	note=""
	# Also when the new activation stopped before it took the link: what it did half must be undone.
	if [ "$(readlink -f /run/current-system)" != "$old" ] || [ "$(value "$run/activation" toplevel)" != "$old" ]; then
		"$old/bin/switch-to-configuration" test >>"$run/log" 2>&1 ||
			note=" (the old system's own activation ended with exit code $?)"
	fi
	if [ "$(readlink -f "$profile")" != "$was" ] && [ -n "$was" ]; then
		nix-env -p "$profile" --set "$was" >>"$run/log" 2>&1
		"$was/bin/switch-to-configuration" boot >>"$run/log" 2>&1 || note="$note (the boot default could not be set back)"
	fi
	disarm
	release
	finish returned "$1$note"
}

# By the timer. A hung activation holds switch-to-configuration's lock, so its whole control group goes first.
rescue() {
	systemctl kill --signal=KILL "$unit.service" 2>/dev/null
	systemctl stop "$unit.service" 2>/dev/null
	go_back "$1"
}

follow() {
	left=$(($1 * 5))
	while [ "$left" -gt 0 ]; do
		case $(cat "$run/phase" 2>/dev/null) in
		awaiting-confirmation | done) break ;;
		esac
		# The unit ended without a word: killed, or a power cut.
		systemctl is-active --quiet "$unit.service" "$unit.timer" "$rescue.service" "$rescue.timer" || break
		sleep 0.2
		left=$((left - 1))
	done
	echo "phase=$(cat "$run/phase" 2>/dev/null)"
	[ ! -e "$run/activation" ] || sed -n 's/^id=/activation=/p' "$run/activation"
	[ ! -e "$run/result" ] || cat "$run/result"
	[ ! -e "$run/log" ] || tail -n 15 "$run/log" | cut -c 1-400 | sed 's/^/log=/'
}

confirm() {
	if [ "$(value "$run/activation" id)" != "$1" ] || [ "$(cat "$run/phase")" != awaiting-confirmation ]; then
		echo "nothing of this id waits for a confirmation: the host is at '$(cat "$run/phase")'" >&2
		exit 1
	fi
	# Opening the pipe waits for its reader, who may have gone in this very moment.
	echo yes | timeout 5 tee "$run/answer" >/dev/null
}

verb=${1:-}
[ $# -eq 0 ] || shift
case $verb in
hold) hold "$1" ;;
start) start "$@" ;;
run) activation ;;
follow) follow "$1" ;;
confirm) confirm "$1" ;;
record) record "$1" "$2" && release ;;
rescue) rescue "$1" ;;
forget) rm -rf "$kept" "$roots" "$run" ;;
*)
	sed -n '2,/^set -u/p' "$0" | sed -e '/^set -u/d' -e 's/^# \{0,1\}//'
	exit 64
	;;
esac
