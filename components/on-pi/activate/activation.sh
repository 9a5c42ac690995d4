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
	rm -f "$run/result" "$run/answer" "$run/log" "$kept/rebooted"
	reserve
	{
		cat
		printf 'since=%s\n' "$(now)"
		printf 'old=%s\n' "$(readlink -f /run/current-system)"
		printf 'profile=%s\ngeneration=%s\n' "$(readlink -f "$profile")" "$(readlink "$profile")"
	} | write "$run/activation" || exit 1
	grep -e '^holder=' -e '^since=' "$run/activation" | write "$run/holder"
	# `heal` must find this script after a power cut.
	write "$kept/activate.sh" <"$0"
	[ ! -e "${0%/*}/secrets.sh" ] || write "$kept/secrets.sh" <"${0%/*}/secrets.sh"
	mkfifo -m 600 "$run/answer"
	phase testing
	systemctl reset-failed "$activation_unit.service" 2>/dev/null
	systemd-run --quiet --collect --unit="$activation_unit" --service-type=exec sh "$0" run 9>&-
}

phase() {
	echo "$1" >"$run/phase.new" && mv "$run/phase.new" "$run/phase"
}

# The body of the unit that `start` starts.
run_activation() {
	if [ "$(of goal)" != boot ]; then
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
	if commit >>"$run/log" 2>&1; then
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
	[ "$toplevel" != "$(of old)" ] || has_secrets || return 0
	refusal=""
	[ "$toplevel" = "$(of old)" ] || refusal=$(inhibited "$toplevel")
	if [ -n "$refusal" ]; then
		release
		finish returned "$refusal. Nothing was changed"
		return 1
	fi
	before=$(failed_units)
	arm "$(of limit)" "the new system's activation took longer than allowed" || {
		finish returned "the return to the old system could not be armed, so nothing was changed"
		return 1
	}
	code=0
	if ! secrets apply "$(of id)" >>"$run/log" 2>&1; then
		go_back "the secrets could not be put in place"
		return 1
	fi
	[ "$toplevel" = "$(of old)" ] || "$toplevel/bin/switch-to-configuration" test >>"$run/log" 2>&1 || code=$?
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

# True when secrets were staged for this activation.
has_secrets() { [ -e "${0%/*}/secrets.sh" ] && secrets pending "$(of id)"; }

secrets() { [ ! -e "${0%/*}/secrets.sh" ] || sh "${0%/*}/secrets.sh" "$@"; }

# Prints what went wrong with the secrets after the switch.
settle_secrets() { secrets settle "$(of id)" >>"$run/log" 2>&1 || tail -n 1 "$run/log"; }

# `arm SECONDS REASON`: goes back by itself when the time is up. The timer counts monotonic time, so a clock that jumps
# does not matter.
arm() {
	disarm
	systemd-run --quiet --collect --unit="$return_unit" --on-active="$1" --timer-property=AccuracySec=200ms \
		sh "$0" rescue "$2"
}

disarm() { systemctl stop "$return_unit.timer" 2>/dev/null || true; }

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

# Sets profile and boot default back to what they were before `commit`. Deletes the generation that it made, so that
# nobody boots it.
uncommit() {
	[ -e "$kept/committing" ] || return 0
	unreserve
	was=$(of generation)
	made=$(readlink "$profile")
	if [ "$made" != "$was" ]; then
		nix-env -p "$profile" --switch-generation "$(number "$was")" &&
			nix-env -p "$profile" --delete-generations "$(number "$made")"
	fi
	NIXOS_NO_CHECK=1 "$(of profile)/bin/switch-to-configuration" boot && rm -f "$kept/committing" "$kept/convergence.new"
}

# `go_back REASON`: returns to the system that ran before, and to the profile and boot default of before.
go_back() {
	phase returning
	echo "returning: $1" >>"$run/log"
	troubles=""
	old=$(of old)
	uncommit >>"$run/log" 2>&1 || troubles=" (profile or boot default could not be set back)"
	secrets undo >>"$run/log" 2>&1 || troubles="$troubles (the old secrets could not be put back)"
	# Also when the activation stopped before it changed /run/current-system: what is half done must be undone.
	if [ "$(of goal)" != boot ] && [ "$(of toplevel)" != "$old" ]; then
		# No check keeps the host from going back to what it ran.
		NIXOS_NO_CHECK=1 "$old/bin/switch-to-configuration" test >>"$run/log" 2>&1 ||
			troubles="$troubles (the old system's own activation ended with exit code $?)"
	fi
	disarm
	release
	finish returned "$1$troubles"
}

# Removes our garbage collector's roots. From now on the profile's generations keep the systems.
release() { unroot "$(of toplevel)" "$(of old)"; }

# `finish RESULT REASON`: leaves how the activation ended (committed, tested, returned) and, for a return, why.
finish() {
	unreserve
	printf 'id=%s\nresult=%s\nreason=%s\n' "$(of id)" "$1" "$2" | write "$run/result"
	phase 'done'
}

# Runs when the timer ends. A hung activation holds the lock of switch-to-configuration, so its whole control group is
# killed first.
rescue() {
	systemctl kill --signal=KILL "$activation_unit.service" 2>/dev/null
	systemctl stop "$activation_unit.service" 2>/dev/null
	go_back "$1"
}

heal() {
	# A switch may start this unit too: then nothing was interrupted.
	! systemctl is-active --quiet "$activation_unit.service" "$return_unit.service" || return 0
	[ -e "$kept/committing" ] || {
		secrets undo
		return
	}
	mkdir -p "$run"
	cp "$kept/committing" "$run/activation"
	if [ "$(readlink -f /run/current-system)" = "$(of toplevel)" ] && commit; then
		finish committed ""
	else
		uncommit
		secrets undo
		finish returned "the host was restarted while the new system was made the boot default"
	fi
	release
}

# `follow SECONDS`: waits, then prints phase=, activation= (its id), the result when there is one, and the last of the log.
follow() {
	left=$(($1 * 5))
	while [ "$left" -gt 0 ]; do
		case $(cat "$run/phase" 2>/dev/null) in
		awaiting-confirmation | done) break ;;
		esac
		# The unit ended without a result: it was killed, or the power was cut.
		systemctl is-active --quiet "$activation_unit.service" "$return_unit.service" "$return_unit.timer" || break
		sleep 0.2
		left=$((left - 1))
	done
	echo "phase=$(cat "$run/phase" 2>/dev/null)"
	[ ! -e "$run/activation" ] || echo "activation=$(of id)"
	[ ! -e "$run/result" ] || cat "$run/result"
	[ ! -e "$run/log" ] || tail -n 15 "$run/log" | cut -c 1-400 | sed 's/^/log=/'
}

confirm() {
	if [ "$(of id)" != "$1" ] || [ "$(cat "$run/phase")" != awaiting-confirmation ]; then
		echo "nothing of this id waits for a confirmation: the host is at '$(cat "$run/phase")'" >&2
		exit 1
	fi
	# Opening the pipe waits for its reader, which may have ended just now.
	echo yes | timeout 5 tee "$run/answer" >/dev/null
}
