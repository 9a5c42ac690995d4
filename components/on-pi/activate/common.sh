# shellcheck shell=sh disable=SC2034
# What an activation and a reboot share: where their files are, the lock, who is at work, and the health of the host.

# Until the next restart.
run=/run/pi-fleet
# Over restarts.
kept=/var/lib/pi-fleet
roots=/nix/var/nix/gcroots/pi-fleet
profile=/nix/var/nix/profiles/system
activation_unit=pi-fleet-activation
return_unit=pi-fleet-return
reboot_unit=pi-fleet-reboot
await_unit=pi-fleet-await
# The activation whose end nobody has seen, or whose way back did not succeed.
unfinished=$kept/unfinished
# Who reboots the host, and into which system. The file is there until that reboot is confirmed or given up.
pending_reboot=$kept/rebooting

# `value FILE KEY`: the value in a file of KEY=VALUE lines.
value() { sed -n "s/^$2=//p" "$1"; }

# The value of KEY in the activation that is under way, or was last.
of() { value "$run/activation" "$1"; }

# Writes stdin to a file so that it is whole or not there, also after a power cut.
write() {
	cat >"$1.new" && sync "$1.new" && mv "$1.new" "$1"
}

now() { date -u +%Y-%m-%dT%H:%M:%SZ; }

# system-12-link -> 12
number() { echo "$1" | sed 's/^.*-\([0-9]*\)-link$/\1/'; }

# Takes the lock, for as long as this process lives.
lock() {
	mkdir -p "$run" "$kept"
	exec 9>"$run/lock"
	flock -n 9 || exit_held "$run/holder"
	alone
}

# Ends with exit code 75, and says whose activation or reboot is under way, if there is one.
alone() {
	! systemctl is-active --quiet "$activation_unit.service" "$return_unit.service" "$return_unit.timer" ||
		exit_held "$run/holder"
	# The unit that waits for the confirmation of a reboot ends a little after it, so the file is checked too.
	[ ! -e "$pending_reboot" ] ||
		! systemctl is-active --quiet "$reboot_unit.timer" "$reboot_unit.service" "$await_unit.service" ||
		exit_held "$pending_reboot"
	# systemd starts no unit during a shutdown. This says why.
	if [ "$(systemctl is-system-running)" = stopping ]; then
		echo "it is shutting down"
		exit 75
	fi
}

exit_held() {
	echo "held by $(value "$1" holder) since $(value "$1" since)"
	exit 75
}

# Keeps a system, and the running one, from the garbage collector.
hold() {
	mkdir -p "$roots"
	for system in "$1" "$(readlink -f /run/current-system)"; do
		ln -sfn "$system" "$roots/${system##*/}"
	done
}

# Takes `hold` back for these systems.
unroot() {
	for system in "$@"; do rm -f "$roots/${system##*/}"; done
}

# Reserves room for the way back, which writes too: on the disk, and in /run, where systemd keeps its units.
reserve() {
	reserve_in "$kept" 4194304 && reserve_in "$run" 1048576 && return
	unreserve
	exit 1
}

reserve_in() {
	fallocate -l "$2" "$1/room" 2>/dev/null || head -c "$2" /dev/zero >"$1/room" || {
		echo "$2 bytes can't be reserved in $1" >&2
		return 1
	}
}

unreserve() { rm -f "$kept/room" "$run/room"; }

boot_id() { cat /proc/sys/kernel/random/boot_id; }

# The failed units, without the runners': a failed runner never rolls a system back.
failed_units() {
	systemctl list-units --state=failed --plain --no-legend --no-pager 2>/dev/null |
		awk '{ print $1 }' | grep -v '^github-runner-' | sort
}

# `unhealthy FILE`: what is wrong by the health checks in FILE (units=, check=, restricted=); nothing when all is well.
unhealthy() {
	for wanted in $(value "$1" units); do
		if ! systemctl is-active --quiet -- "$wanted"; then
			echo "the unit $wanted is not active"
			return
		fi
	done
	check=$(value "$1" check)
	[ -n "$check" ] || return
	as=$(value "$1" restricted)
	# The new system may have given the account another name: the check runs as somebody who has no more rights.
	[ -z "$as" ] || id "$as" >/dev/null 2>&1 || as=nobody
	${as:+setpriv --reuid="$as" --regid="$(id -g "$as")" --init-groups} sh -c "$check" >>"$run/log" 2>&1 </dev/null ||
		echo "the health check ended with exit code $?: $check"
}

# `convergence TOPLEVEL ID NAME`: the record that the host keeps of its deployment.
convergence() { printf 'id=%s\nsystem=%s\nmachine=%s\nname=%s\n' "$2" "$1" "$(cat /etc/machine-id)" "$3"; }

record() {
	alone
	mkdir -p "$kept"
	convergence "$1" "$2" "$3" | write "$kept/convergence"
	unroot "$1"
}

forget() {
	alone
	# A host that has another name in the fleet by now keeps the record of that name.
	name=$(value "$kept/convergence" name 2>/dev/null)
	[ "${name:-$1}" = "$1" ] || return 0
	rm -rf "$kept" "$roots" "$run"
}
