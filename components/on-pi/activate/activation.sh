# shellcheck shell=sh disable=SC2154
# From the running system to a new one, or back. The phases, in "$run/phase": testing, awaiting-confirmation, committing,
# done; and returning on the way back.

# Takes the lock: an activation that began meanwhile would fail, as switch-to-configuration has a lock of its own.
dry() {
	lock
	printf 'holder=%s\nsince=%s\n' "$2" "$(now)" | write "$run/holder"
	refusal=$(inhibited "$1")
	if [ -n "$refusal" ]; then
		echo "$refusal"
		exit 78
	fi
	timeout 60 "$1/bin/switch-to-configuration" dry-activate </dev/null 2>&1 9>&-
}

# On stdin:
#   toplevel=    the new system
#   id=          what the host records after the commit
#   name=        its name in the fleet
#   holder=      who asks
#   goal=        switch; boot: only the next boot is the new system's; test: the new system runs until the next boot
#   limit=       seconds for the activation
#   confirm=     seconds until the confirmation
#   units=       that must be active after it
#   check=       a command that must succeed after it
#   restricted=  an account that may not become root here: the check runs as this account, and a reboot never
#                goes back to a system that gives it more rights. Only root.sh writes this line.
start() {
	lock
	drop_pending_reboot
	rm -f "$run/result" "$kept/result" "$run/why" "$run/answer" "$run/log" "$kept/rebooted"
	reserve
	{
		cat
		printf 'since=%s\n' "$(now)"
		printf 'old=%s\n' "$(old_system)"
		# A commit that was killed has changed them already.
		grep -s -e '^profile=' -e '^generation=' "$kept/committing" ||
			printf 'profile=%s\ngeneration=%s\n' "$(readlink -f "$profile")" "$(readlink "$profile")"
	} | write "$run/activation" || not_started
	grep -e '^holder=' -e '^since=' "$run/activation" | write "$run/holder" || not_started
	# `heal` must find this script after a power cut.
	write "$kept/activate.sh" <"$0" || not_started
	[ ! -e "${0%/*}/secrets.sh" ] || write "$kept/secrets.sh" <"${0%/*}/secrets.sh" || not_started
	mkfifo -m 600 "$run/answer" || not_started
	phase testing || not_started
	systemctl reset-failed "$activation_unit.service" 2>/dev/null
	systemd-run --quiet --collect --unit="$activation_unit" --service-type=exec sh "$0" run 9>&- || not_started
}

not_started() {
	unreserve
	exit 1
}

# Writes in place, which needs no room.
phase() { printf '%-32s\n' "$1" 1<>"$run/phase"; }

phase_now() {
	read -r now_at 2>/dev/null <"$run/phase" || return 0
	echo "$now_at"
}

# `log WORDS`: adds a line to the log, and prints the file that programs may write to. A program whose output finds no room
# may fail by that, so it is /dev/null then.
log() {
	echo "$1" 2>/dev/null >>"$run/log"
	if head -c 65536 /dev/zero 2>/dev/null >"$run/try"; then echo "$run/log"; else echo /dev/null; fi
	rm -f "$run/try"
}

# The body of the unit that `start` starts.
run_activation() {
	if [ "$(of goal)" = boot ]; then
		begin_change || {
			not_changed "it could not be noted on the disk"
			return
		}
	else
		try_out || return
		arm "$(of confirm)" "nobody confirmed the new system over a fresh connection" || {
			go_back "the return to the old system could not be armed"
			return
		}
		phase awaiting-confirmation
		read -r _ <"$run/answer"
	fi
	if [ "$(of goal)" = test ]; then
		disarm
		release
		finish tested ""
		return
	fi
	phase committing
	if commit >>"$(log "committing")" 2>&1; then
		disarm
		release
		finish committed ""
	else
		go_back "the new system could not be made the boot default"
	fi
}

# Runs the new system without making it the boot default, and looks at its health. False when the host went back.
try_out() {
	toplevel=$(of toplevel)
	refusal=""
	[ "$toplevel" = "$(of old)" ] || refusal=$(inhibited "$toplevel")
	if [ -n "$refusal" ]; then
		unreserve
		release
		report returned "$refusal. Nothing was changed"
		return 1
	fi
	before=$(failed_units)
	arm "$(of limit)" "the new system's activation took longer than timeouts.activate allows ($(of limit) s)" || {
		not_changed "the return to the old system could not be armed"
		return 1
	}
	begin_change || {
		disarm
		not_changed "it could not be noted on the disk"
		return 1
	}
	code=0
	log=$(log "activating $toplevel")
	if ! secrets apply "$(of id)" >>"$log" 2>&1; then
		go_back "the secrets could not be put in place"
		return 1
	fi
	# Also when it runs already: an activation that was killed may have left units as they were.
	"$toplevel/bin/switch-to-configuration" test >>"$log" 2>&1 || code=$?
	unsettled=$(settle_secrets)
	new=$(failed_units | grep -vxF "${before:- }" | tr '\n' ' ')
	# Exit code 4 says that units failed. The comparison says which ones did not fail before.
	if [ -n "$new" ]; then
		fault="units failed that did not fail before: $new"
	elif [ "$code" -ne 0 ] && [ "$code" -ne 4 ]; then
		fault="switch-to-configuration test ended with exit code $code"
	elif [ -n "$unsettled" ]; then
		fault=$unsettled
	else
		fault=$(unhealthy "$run/activation")
	fi
	[ -n "$fault" ] || return 0
	go_back "$fault"
	return 1
}

# `not_changed REASON`: ends an activation that has not begun.
not_changed() {
	unreserve
	release
	report returned "$1, so nothing was changed"
}

secrets() { [ ! -e "${0%/*}/secrets.sh" ] || sh "${0%/*}/secrets.sh" "$@"; }

# Prints what went wrong with the secrets after the switch.
settle_secrets() {
	said=$(secrets settle "$(of id)" 2>&1) || echo "$said" | tail -n 1
	echo "$said" >>"$log"
}

# Writes first what needs room on the disk. What comes last is a rename and a removal, which need none.
commit() {
	toplevel=$(of toplevel)
	write "$kept/committing" <"$run/activation" &&
		convergence "$toplevel" "$(of id)" "$(of name)" >"$kept/convergence.new" && sync "$kept/convergence.new" &&
		nix-env -p "$profile" --set "$toplevel" &&
		"$toplevel/bin/switch-to-configuration" boot &&
		secrets commit "$(of id)" &&
		mv "$kept/convergence.new" "$kept/convergence" && rm "$kept/committing"
}

# `follow SECONDS`: waits, then prints phase=, activation= (its id), the result when there is one, and the last of the log.
follow() {
	left=$(($1 * 5))
	while [ "$left" -gt 0 ] && under_way; do
		sleep 0.2
		left=$((left - 1))
	done
	echo "phase=$(phase_now)"
	[ ! -e "$run/activation" ] || echo "activation=$(of id)"
	for result in "$run/result" "$kept/result"; do
		[ ! -e "$result" ] || cat "$result"
	done
	[ ! -e "$run/log" ] || tail -n 15 "$run/log" | cut -c 1-400 | sed 's/^/log=/'
}

# True while the host neither needs an answer nor is at the end.
under_way() {
	at=$(phase_now)
	[ "$at" != 'done' ] || return 1
	if systemctl is-active --quiet "$activation_unit.service"; then
		[ "$at" != awaiting-confirmation ]
	else
		# It was killed, and the timer brings the old system back. Without the timer nobody does.
		systemctl is-active --quiet "$return_unit.service" "$return_unit.timer"
	fi
}

confirm() {
	if [ "$(of id)" != "$1" ] || [ "$(phase_now)" != awaiting-confirmation ]; then
		echo "nothing of this id waits for a confirmation: the host is at '$(phase_now)'" >&2
		exit 1
	fi
	# Opening the pipe waits for its reader, which may have ended just now.
	if ! systemctl is-active --quiet "$activation_unit.service" || ! echo yes | timeout 5 tee "$run/answer" >/dev/null; then
		echo "what waited for the confirmation on the host was killed" >&2
		exit 1
	fi
}
