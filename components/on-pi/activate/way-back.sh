# shellcheck shell=sh disable=SC2154
# The way back to the system that ran before, what an interrupted activation leaves, and how an activation ended.

# `arm SECONDS REASON`: goes back by itself when the time is up. The timer counts monotonic time, so a clock that jumps
# does not matter.
arm() {
	disarm
	systemd-run --quiet --collect --unit="$return_unit" --on-active="$1" --timer-property=AccuracySec=200ms \
		sh "$0" rescue "$2"
}

disarm() { systemctl stop "$return_unit.timer" 2>/dev/null || true; }

# Notes that the host is between two systems. `finish` takes that back. While the note is there, no system counts as
# activated, also when nobody is left who could tell. A boot makes the note void: it activates a whole system.
begin_change() {
	[ ! -e "$unfinished" ] || [ "$(value "$unfinished" toplevel)" = "$(of toplevel)" ] ||
		unroot "$(value "$unfinished" toplevel)"
	{
		grep -e '^id=' -e '^toplevel=' -e '^old=' -e '^holder=' -e '^since=' "$run/activation"
		printf 'boot=%s\n' "$(boot_id)"
	} | write "$unfinished"
}

# The system to go back to. When an activation of this boot was interrupted, nobody knows what the running system has of
# it. So it is the one that ran before that.
old_system() {
	if [ -e "$unfinished" ] && [ "$(value "$unfinished" boot)" = "$(boot_id)" ]; then
		system=$(value "$unfinished" old)
		if [ -x "$system/bin/switch-to-configuration" ]; then
			echo "$system"
			return
		fi
	fi
	readlink -f /run/current-system
}

# Sets profile and boot default back to what they were before `commit`. Deletes the generation that it made, so that
# nobody boots it.
uncommit() {
	[ -e "$kept/committing" ] || return 0
	was=$(of generation)
	made=$(readlink "$profile")
	if [ "$made" != "$was" ]; then
		within nix-env -p "$profile" --switch-generation "$(number "$was")" &&
			within nix-env -p "$profile" --delete-generations "$(number "$made")"
	fi
	within env NIXOS_NO_CHECK=1 "$(of profile)/bin/switch-to-configuration" boot && rm -f "$kept/committing" "$kept/convergence.new"
}

# `go_back REASON`: returns to the system that ran before, and to the profile and boot default of before.
go_back() {
	unreserve
	phase returning
	# A way back that was killed has noted already why the host goes back.
	[ -s "$run/why" ] || echo "$1" 2>/dev/null >"$run/why"
	reason=$(cat "$run/why" 2>/dev/null)
	reason=${reason:-$1}
	[ "$reason" = "$1" ] || reason="$reason; then $1"
	begin_way_back "$(of limit)"
	# Should the way back itself be killed or hang all the same. `rescue` is this timer's own unit.
	[ "$verb" = rescue ] || arm "$((limit + 60))" "the way back took longer than $limit s"
	log=$(log "returning: $1")
	old=$(of old)
	uncommit >>"$log" 2>&1 || trouble "profile or boot default could not be set back"
	secrets_back >>"$log" 2>&1 || trouble "the old secrets could not be put back"
	# Also when the activation stopped before it changed /run/current-system: what is half done must be undone.
	if [ "$(of goal)" != boot ]; then
		# No check keeps the host from going back to what it ran.
		within env NIXOS_NO_CHECK=1 "$old/bin/switch-to-configuration" test >>"$log" 2>&1
		code=$?
		case $code in
		0) ;;
		# Units failed, which may have failed before too. The old system is in place.
		4) reason="$reason (on the way back units failed: $(failed_units | tr '\n' ' '))" ;;
		124 | 137) trouble "the old system's own activation did not end within $limit s" ;;
		*) trouble "the old system's own activation ended with exit code $code" ;;
		esac
	fi
	disarm
	[ -n "$troubles" ] || release
	finish returned "$reason"
}

begin_way_back() {
	limit=${1:-300}
	way_back_ends=$(($(uptime_seconds) + limit))
	troubles=""
}

# `within COMMAND…`: runs a part of the way back, which has `limit` seconds in all. A part may take 5 s even if those
# before it took longer.
within() {
	left=$((way_back_ends - $(uptime_seconds)))
	[ "$left" -ge 5 ] || left=5
	timeout --kill-after=5 "$left" "$@"
}

uptime_seconds() { cut -d . -f 1 /proc/uptime; }

trouble() { troubles="${troubles:+$troubles, }$1"; }

secrets_back() { [ ! -e "${0%/*}/secrets.sh" ] || within sh "${0%/*}/secrets.sh" undo; }

# Removes our garbage collector's roots. From now on the profile's generations keep the systems.
release() { unroot "$(of toplevel)" "$(of old)"; }

# `finish RESULT REASON`: the host is on one system again, unless $troubles says what did not succeed.
finish() {
	unreserve
	if [ -z "${troubles:-}" ]; then
		rm -f "$unfinished"
	else
		{
			sed -e '/^troubles=/d' -e '/^boot=/d' "$unfinished"
			printf 'boot=%s\ntroubles=%s\n' "$(boot_id)" "$troubles"
		} | write "$unfinished"
	fi
	report "$1" "$2"
}

# `report RESULT REASON`: leaves how the activation ended (committed, tested, returned), why it returned, and what of the
# way back did not succeed. On the disk when there is no room in /run.
report() {
	printf 'id=%s\nresult=%s\nreason=%s\ntroubles=%s\n' "$(of id)" "$1" "$2" "${troubles:-}" >"$kept/result.new"
	write "$run/result" <"$kept/result.new" 2>/dev/null || mv "$kept/result.new" "$kept/result"
	rm -f "$kept/result.new"
	phase 'done'
}

# Runs when the timer ends. A hung activation holds the lock of switch-to-configuration, so its whole control group is
# killed first.
rescue() {
	why=$1
	[ "$(phase_now)" != testing ] || why="$why$(held_up_by)"
	systemctl kill --signal=KILL "$activation_unit.service" 2>/dev/null
	timeout 30 systemctl stop "$activation_unit.service" 2>/dev/null
	go_back "$why"
}

# What an activation waits for: the units that systemd starts or stops for it, else the last of its own processes.
held_up_by() {
	units=$(systemctl list-jobs --plain --no-legend --no-pager 2>/dev/null | awk '$4 == "running" { printf " %s", $2 }')
	group=$(systemctl show --property=ControlGroup --value "$activation_unit.service" 2>/dev/null)
	process=$(tail -n 1 "/sys/fs/cgroup$group/cgroup.procs" 2>/dev/null)
	process=$(tr '\0' ' ' <"/proc/${process:-0}/cmdline" 2>/dev/null | cut -c 1-200)
	[ -z "$units$process" ] || echo "; it was waiting for${units:- $process}"
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
	begin_way_back "$(of limit)"
	if [ "$(readlink -f /run/current-system)" = "$(of toplevel)" ] && commit; then
		finish committed ""
	else
		unreserve
		uncommit || trouble "profile or boot default could not be set back"
		secrets_back || trouble "the old secrets could not be put back"
		finish returned "the host was restarted while the new system was made the boot default"
	fi
	release
}
