# shellcheck shell=sh disable=SC2154
# Restarts into the profile's system, and goes back to the system that booted before when nobody confirms that.

# On stdin: id=, holder=, units=, check= and restricted= as for `start`, and limit=, the seconds from the new boot until the
# confirmation. Exit code 76: a job is to end first, and `busy` says whose. Prints `unguarded` when the new system has no
# unit that would go back by itself.
reboot() {
	lock
	cat >"$run/reboot"
	new=$(readlink -f "$profile")
	working=$(busy "$new")
	if [ -n "$working" ]; then
		echo "$working"
		exit 76
	fi
	drop_pending_reboot
	old=$(way_back "$new")
	reserve
	mkdir -p "$roots"
	ln -sfn "$old" "$roots/${old##*/}"
	rm -f "$kept/rebooted"
	write "$kept/activate.sh" <"$0"
	{
		cat "$run/reboot"
		printf 'since=%s\nold=%s\nnew=%s\n' "$(now)" "$old" "$new"
		printf 'boot=%s\nfailed=%s\n' "$(boot_id)" "$(failed_units | tr '\n' ' ')"
	} | write "$pending_reboot" || not_ordered
	[ -e "$new/etc/systemd/system/$await_unit.service" ] || echo unguarded
	# Restarts a moment later, so that the answer gets out first.
	systemd-run --quiet --collect --unit="$reboot_unit" --on-active=1 --timer-property=AccuracySec=100ms \
		systemctl reboot 9>&- || not_ordered
}

not_ordered() {
	unroot "$old"
	rm -f "$pending_reboot" "$pending_reboot.new"
	unreserve
	exit 1
}

# `way_back NEW`: a system that is known to run with the kernel that booted last. That is the running system, the one
# before the last activation, or the one that booted.
way_back() {
	booted=$(readlink -f /run/booted-system)
	if [ "$booted" != "$1" ]; then
		for system in "$(readlink -f /run/current-system)" "$(of old 2>/dev/null)"; do
			if [ "$system" = "$1" ] || [ ! -x "$system/bin/switch-to-configuration" ]; then continue; fi
			as_restricted "$system" || continue
			[ -z "$(changed_boot_parts "$system" "$booted")" ] || continue
			echo "$system"
			return
		done
	fi
	if as_restricted "$booted"; then echo "$booted"; else echo "$1"; fi
}

# True unless the system would give the restricted account more rights. That account may order a reboot and leave it
# unconfirmed (root.sh).
as_restricted() { [ -z "$(value "$run/reboot" restricted)" ] || [ -x "$1/sw/bin/pi-fleet-root" ]; }

drop_pending_reboot() {
	[ ! -e "$pending_reboot" ] || unroot "$(value "$pending_reboot" old)"
	rm -f "$pending_reboot"
}

# A unit runs this at boot, long before the network is there.
await() {
	[ "$(value "$pending_reboot" boot)" != "$(boot_id)" ] || return 0
	mkdir -p "$run"
	limit=$(value "$pending_reboot" limit)
	fault=$(value "$pending_reboot" fault)
	booted=$(readlink -f /run/booted-system)
	[ -n "$fault" ] || [ "$booted" = "$(value "$pending_reboot" new)" ] ||
		fault="it booted $booted in place of $(value "$pending_reboot" new)"
	[ -z "$fault" ] || left_behind "$fault"
	left=$limit
	while [ -e "$pending_reboot" ] && [ "$left" -gt 0 ]; do
		sleep 1
		left=$((left - 1))
	done
	left_behind "nobody confirmed it over a fresh connection within $limit s of its start"
}

# `arrived ID`: prints result= and reason=; the host restarts once more when the result is `returned`.
arrived() {
	mkdir -p "$run"
	if [ -e "$pending_reboot" ] && [ "$(value "$pending_reboot" id)" = "$1" ]; then
		if [ "$(value "$pending_reboot" boot)" = "$(boot_id)" ]; then
			outcome stayed "it did not restart"
		else
			# Waits until the last unit has started, or half of the time that `await` waits is over.
			timeout "$(($(value "$pending_reboot" limit) / 2))" systemctl is-system-running --wait >/dev/null 2>&1
			value "$pending_reboot" failed | tr ' ' '\n' >"$run/failed-before"
			new=$(failed_units | grep -vxFf "$run/failed-before" | tr '\n' ' ')
			fault=${new:+"units failed that did not fail before: $new"}
			fault=${fault:-$(unhealthy "$pending_reboot")}
			if [ -z "$fault" ]; then
				outcome kept ""
			else
				# A unit of its own, since this connection may end at any time.
				systemd-run --quiet --collect --wait --unit=pi-fleet-left-behind \
					sh "$0" left-behind "$fault"
			fi
		fi
	fi
	cat "$kept/rebooted"
}

# `outcome RESULT REASON`: records how the reboot ended. A second call does nothing.
outcome() {
	exec 9>"$run/lock"
	flock 9
	[ -e "$pending_reboot" ] || return
	printf 'id=%s\nresult=%s\nreason=%s\nat=%s\n' "$(value "$pending_reboot" id)" "$1" "$2" "$(now)" |
		write "$kept/rebooted"
	drop_pending_reboot
	unreserve
}

# `left_behind REASON`: goes back to the system that booted before. The reboot stays pending until that is done, so that
# it goes on after a power cut.
left_behind() {
	exec 8>"$run/back"
	flock 8
	[ -e "$pending_reboot" ] || return 0
	old=$(value "$pending_reboot" old)
	if [ "$old" = "$(value "$pending_reboot" new)" ]; then
		outcome stayed "$1; there is no other system to go back to"
		return
	fi
	[ -n "$(value "$pending_reboot" fault)" ] ||
		{ cat "$pending_reboot" && echo "fault=$1"; } | write "$pending_reboot"
	unreserve
	begin_way_back "$(value "$pending_reboot" limit)"
	if ! boot_by_default "$old"; then
		outcome stayed "$1; and $old could not be made the boot default again"
		return
	fi
	outcome returned "$1"
	[ "$(readlink -f /run/booted-system)" = "$old" ] || systemctl reboot
}

boot_by_default() {
	for generation in "$profile"-*-link; do
		[ "$(readlink -f "$generation")" != "$1" ] || found=$generation
	done
	if [ -n "${found:-}" ]; then
		within nix-env -p "$profile" --switch-generation "$(number "$found")"
	else
		within nix-env -p "$profile" --set "$1"
	fi && within "$1/bin/switch-to-configuration" boot
}
