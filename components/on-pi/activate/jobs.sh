# shellcheck shell=sh
# The jobs of the host's runners.

# `busy TOPLEVEL`: the runners whose job is to end first, one a line, and what TOPLEVEL would do to each: `UNIT stops`, or
# `UNIT stays` when it leaves the runner alone until its job has ended. nix/modules/runner.nix marks such units.
busy() {
	patient='^X-RestartIfChanged=false'
	systemctl list-units --plain --no-legend --no-pager 'github-runner-*.service' | while read -r runner _; do
		grep -qs "$patient" "$(systemctl show --property=FragmentPath --value "$runner")" || continue
		works "$runner" || continue
		then=$1/etc/systemd/system/$runner
		if [ ! -e "$then" ]; then
			echo "$runner stops"
		elif grep -q "$patient" "$then"; then
			echo "$runner stays"
		fi
	done
}

# True while a runner's unit has the process of a job.
works() {
	for process in /proc/[0-9]*; do
		grep -q "/$1" "$process/cgroup" 2>/dev/null || continue
		tr '\0' ' ' <"$process/cmdline" 2>/dev/null | grep -q Runner.Worker && return 0
	done
	return 1
}
