#!/bin/sh
# Moves this NixOS host to a new system so that it can't be stranded, and outlives the ssh connection that asked.
#
#   activate.sh hold TOPLEVEL      keep TOPLEVEL from the garbage collector, before it is copied
#   activate.sh dry TOPLEVEL HOLDER  print what switch-to-configuration dry-activate says
#   activate.sh start              begin, as a unit of its own; what to do is on stdin, as KEY=VALUE lines (see start)
#   activate.sh follow SECONDS     wait until the host needs an answer or is done; print where it stands
#   activate.sh confirm ID         yes, keep it: asked over a fresh connection
#   activate.sh record TOPLEVEL ID NAME  note that the host, NAME in the fleet, is where ID wanted it
#   activate.sh reboot             restart it into the profile's system; what to do is on stdin (see reboot)
#   activate.sh arrived ID         after the restart, over a fresh connection: look at its health, and keep it or go back
#   activate.sh await              at boot: go back when nobody comes with `arrived`
#   activate.sh heal               at boot, after a power cut in the middle of a commit: finish it, or undo it
#   activate.sh forget NAME        remove what this script keeps on the host, not its system; unless it has another name now
#
# The order: arm a timer that returns to the running system; `switch-to-configuration test`; health checks; wait for
# the confirmation; only then set the profile and the boot default. Secrets that were staged (secrets.sh, beside this
# script) go and return with the system. Without confirmation, after a unit failed that did
# not fail before, or after a power cut, the old system is back. The result is a file, so that it can be read later.
# A reboot is the same again: nobody confirms, and what booted before is the boot default and boots once more.
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
restart=pi-fleet-reboot
watch=pi-fleet-await
# A reboot that is not confirmed yet.
note=$kept/rebooting

# True when secrets were staged for this activation.
has_secrets() { [ -e "${0%/*}/secrets.sh" ] && secrets pending "$(of id)"; }

secrets() { [ ! -e "${0%/*}/secrets.sh" ] || sh "${0%/*}/secrets.sh" "$@"; }

say() { echo "$*" >>"$run/log"; }

phase() {
	echo "$1" >"$run/phase.new" && mv "$run/phase.new" "$run/phase"
}

# The value of KEY in the file of KEY=VALUE lines.
value() { sed -n "s/^$2=//p" "$1"; }

# The same of what is under way.
of() { value "$run/activation" "$1"; }

# Writes stdin to a file so that it is whole or not there, also after a power cut.
write() {
	cat >"$1.new" && sync "$1.new" && mv "$1.new" "$1"
}

finish() {
	rm -f "$kept/room"
	# What is read after the run: the outcome and, for a return, why.
	printf 'id=%s\nresult=%s\nreason=%s\n' "$(of id)" "$1" "$2" | write "$run/result"
	phase 'done'
}

# Failed units, without the runners': a runner never rolls a system back.
failed_units() {
	systemctl list-units --state=failed --plain --no-legend --no-pager 2>/dev/null |
		awk '{ print $1 }' | grep -v '^github-runner-' | sort
}

hold() {
	mkdir -p "$roots"
	for system in "$1" "$(readlink -f /run/current-system)"; do
		ln -sfn "$system" "$roots/${system##*/}"
	done
}

# From here on the profile and its generations keep what is kept.
release() {
	unroot "$(of toplevel)" "$(of old)"
}

unroot() {
	for system in "$@"; do rm -f "$roots/${system##*/}"; done
}

convergence() { printf 'id=%s\nsystem=%s\nmachine=%s\nname=%s\n' "$2" "$1" "$(cat /etc/machine-id)" "$3"; }

# Ends with exit code 75 and says whose activation or reboot is under way, if one is.
alone() {
	! systemctl is-active --quiet "$unit.service" "$rescue.service" || held "$run/holder"
	# The unit that waits for a confirmation sees a little later than we that there is one.
	[ ! -e "$note" ] || ! systemctl is-active --quiet "$restart.timer" "$restart.service" "$watch.service" || held "$note"
	# A system that is shutting down refuses what is new anyway; this says why.
	if [ "$(systemctl is-system-running)" = stopping ]; then
		echo "it is shutting down"
		exit 75
	fi
}

# False, and the end, when this host has another name in the fleet by now: whoever named it so keeps the record.
is_still() {
	name=$(value "$kept/convergence" name 2>/dev/null)
	[ "${name:-$1}" = "$1" ] || exit 0
}

record() {
	alone
	mkdir -p "$kept"
	convergence "$1" "$2" "$3" | write "$kept/convergence"
	unroot "$1"
}

# Room on the card that is given back when a commit finds none left: the way back needs some.
reserve() {
	fallocate -l 4M "$kept/room" 2>/dev/null || head -c 4194304 /dev/zero >"$kept/room" || {
		rm -f "$kept/room"
		exit 1
	}
}

held() {
	echo "held by $(value "$1" holder) since $(value "$1" since)"
	exit 75
}

# The runners that run a job which config wants to end first, each with what a system would do to it: `stops` it, or `stays`
# until the job has ended (nix/modules/runner.nix).
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

now() { date -u +%Y-%m-%dT%H:%M:%SZ; }

# Takes the lock, for as long as this process lives.
lock() {
	mkdir -p "$run" "$kept"
	exec 9>"$run/lock"
	flock -n 9 || held "$run/holder"
	alone
}

# With the lock: switch-to-configuration has one too, which an activation that began meanwhile would find taken.
dry() {
	lock
	printf 'holder=%s\nsince=%s\n' "$2" "$(now)" | write "$run/holder"
	timeout 60 "$1/bin/switch-to-configuration" dry-activate </dev/null 2>&1 9>&-
}

# On stdin: toplevel=, id=, name= (in the fleet), holder= (who asks), goal= (switch; boot: only the next boot is the new system's; test: only
# until the next boot), limit= and confirm= (seconds for the activation and until the confirmation), units= (that must
# be active after it) and check= (a command that must succeed after it), restricted= (an account that may not become root
# here: the command is run as that, and no system which gives it more is returned to after a reboot).
start() {
	lock
	drop_note
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
	systemctl reset-failed "$unit.service" 2>/dev/null
	systemd-run --quiet --collect --unit="$unit" --service-type=exec sh "$0" run 9>&-
}

# The timer counts monotonic time: a clock that jumps does not matter.
arm() {
	disarm
	systemd-run --quiet --collect --unit="$rescue" --on-active="$1" --timer-property=AccuracySec=200ms \
		sh "$0" rescue "$2"
}

disarm() { systemctl stop "$rescue.timer" 2>/dev/null || true; }

# The body of the unit.
activation() {
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
	# 4: units failed; which, and whether they did before, the comparison has said.
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

# What went wrong with them after the switch.
settle_secrets() { secrets settle "$(of id)" >>"$run/log" 2>&1 || tail -n 1 "$run/log"; }

# What the health checks that a file names have to say; nothing when all is well.
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
	${as:+setpriv --reuid="$as" --regid="$(id -g "$as")" --init-groups} sh -c "$check" >>"$run/log" 2>&1 </dev/null ||
		echo "the health check ended with exit code $?: $check"
}

# All that needs room is written first; then two renames and a link decide.
commit() {
	toplevel=$(of toplevel)
	write "$kept/committing" <"$run/activation" &&
		convergence "$toplevel" "$(of id)" "$(of name)" >"$kept/convergence.new" && sync "$kept/convergence.new" &&
		nix-env -p "$profile" --set "$toplevel" &&
		"$toplevel/bin/switch-to-configuration" boot &&
		secrets commit "$(of id)" &&
		mv "$kept/convergence.new" "$kept/convergence" && rm "$kept/committing"
}

# Profile and boot default as they were before `commit`. The generation that it made goes: nobody is to boot it.
uncommit() {
	[ -e "$kept/committing" ] || return 0
	rm -f "$kept/room"
	was=$(of generation)
	made=$(readlink "$profile")
	if [ "$made" != "$was" ]; then
		nix-env -p "$profile" --switch-generation "$(number "$was")" &&
			nix-env -p "$profile" --delete-generations "$(number "$made")"
	fi
	"$(of profile)/bin/switch-to-configuration" boot && rm -f "$kept/committing" "$kept/convergence.new"
}

# system-12-link -> 12
number() { echo "$1" | sed 's/^.*-\([0-9]*\)-link$/\1/'; }

# Back to the system that ran before, with profile and boot default as they were.
go_back() {
	phase returning
	say "returning: $1"
	note=""
	old=$(of old)
	uncommit >>"$run/log" 2>&1 || note=" (profile or boot default could not be set back)"
	secrets undo >>"$run/log" 2>&1 || note="$note (the old secrets could not be put back)"
	# Also when the new activation stopped before it took the link: what it did half must be undone.
	if [ "$(of goal)" != boot ] && [ "$(of toplevel)" != "$old" ]; then
		"$old/bin/switch-to-configuration" test >>"$run/log" 2>&1 ||
			note="$note (the old system's own activation ended with exit code $?)"
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

heal() {
	# A switch starts what its targets want, this too: then nothing was interrupted.
	! systemctl is-active --quiet "$unit.service" "$rescue.service" || return 0
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

drop_note() {
	[ ! -e "$note" ] || unroot "$(value "$note" old)"
	rm -f "$note"
}

boot_id() { cat /proc/sys/kernel/random/boot_id; }

# On stdin: id=, holder=, limit= (seconds from the new boot until the confirmation), units= and check= as for `start`.
# Exit code 76: a job that config wants to end first runs, as `busy` says it. Prints `unguarded`
# when the new system has no unit that would go back by itself.
reboot() {
	lock
	cat >"$run/reboot"
	new=$(readlink -f "$profile")
	working=$(busy "$new")
	if [ -n "$working" ]; then
		echo "$working"
		exit 76
	fi
	drop_note
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
	} | write "$note"
	[ -e "$new/etc/systemd/system/$watch.service" ] || echo unguarded
	# A moment later, so that the answer gets out.
	systemd-run --quiet --collect --unit="$restart" --on-active=1 --timer-property=AccuracySec=100ms \
		systemctl reboot 9>&- && return
	rm -f "$note"
	exit 1
}

# A system that ran with what booted last: what runs now, what ran before the last activation, or what booted itself.
way_back() {
	booted=$(readlink -f /run/booted-system)
	if [ "$booted" != "$1" ]; then
		for system in "$(readlink -f /run/current-system)" "$(of old 2>/dev/null)"; do
			if [ "$system" = "$1" ] || [ ! -x "$system/bin/switch-to-configuration" ]; then continue; fi
			as_restricted "$system" || continue
			boots_alike "$system" "$booted" || continue
			echo "$system"
			return
		done
	fi
	if as_restricted "$booted"; then echo "$booted"; else echo "$1"; fi
}

# Who asked for a reboot and does not confirm it must not get more from what it leads back to (root.sh).
as_restricted() { [ -z "$(value "$run/reboot" restricted)" ] || [ -x "$1/sw/bin/pi-fleet-root" ]; }

# As status.sh tells what differs.
boots_alike() {
	for part in kernel initrd kernel-modules dtbs firmware; do
		[ "$(readlink "$1/$part")" = "$(readlink "$2/$part")" ] || return 1
	done
	[ "$(cat "$1/kernel-params" 2>/dev/null)" = "$(cat "$2/kernel-params" 2>/dev/null)" ]
}

# At boot, as a unit that is there long before the network.
await() {
	[ "$(value "$note" boot)" != "$(boot_id)" ] || return 0
	mkdir -p "$run"
	limit=$(value "$note" limit)
	fault=$(value "$note" fault)
	booted=$(readlink -f /run/booted-system)
	[ -n "$fault" ] || [ "$booted" = "$(value "$note" new)" ] ||
		fault="it booted $booted in place of $(value "$note" new)"
	[ -z "$fault" ] || left_behind "$fault"
	left=$limit
	while [ -e "$note" ] && [ "$left" -gt 0 ]; do
		sleep 1
		left=$((left - 1))
	done
	left_behind "nobody confirmed it over a fresh connection within $limit s of its start"
}

# Prints result= and reason=; the host restarts once more when the result is `returned`.
arrived() {
	mkdir -p "$run"
	if [ -e "$note" ] && [ "$(value "$note" id)" = "$1" ]; then
		if [ "$(value "$note" boot)" = "$(boot_id)" ]; then
			outcome stayed "it did not restart"
		else
			# Until the last unit has started, or nearly as long as `await` is patient.
			timeout "$(($(value "$note" limit) / 2))" systemctl is-system-running --wait >/dev/null 2>&1
			value "$note" failed | tr ' ' '\n' >"$run/failed-before"
			new=$(failed_units | grep -vxFf "$run/failed-before" | tr '\n' ' ')
			fault=${new:+"units failed that did not fail before: $new"}
			fault=${fault:-$(unhealthy "$note")}
			if [ -z "$fault" ]; then
				outcome kept ""
			else
				# Not in this connection's session: it may end at any time.
				systemd-run --quiet --collect --wait --unit=pi-fleet-left-behind \
					sh "$0" left-behind "$fault"
			fi
		fi
	fi
	cat "$kept/rebooted"
}

# Ends the reboot, once: who comes second finds no note.
outcome() {
	exec 9>"$run/lock"
	flock 9
	[ -e "$note" ] || return
	printf 'id=%s\nresult=%s\nreason=%s\nat=%s\n' "$(value "$note" id)" "$1" "$2" "$(now)" |
		write "$kept/rebooted"
	drop_note
	rm -f "$kept/room"
}

# Back to what booted before. The note goes last: a power cut on the way is no way out of it.
left_behind() {
	exec 8>"$run/back"
	flock 8
	[ -e "$note" ] || return 0
	old=$(value "$note" old)
	if [ "$old" = "$(value "$note" new)" ]; then
		outcome stayed "$1; there is no other system to go back to"
		return
	fi
	[ -n "$(value "$note" fault)" ] || { cat "$note" && echo "fault=$1"; } | write "$note"
	if ! boot_by_default "$old" && rm -f "$kept/room" && ! boot_by_default "$old"; then
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
		nix-env -p "$profile" --switch-generation "$(number "$found")"
	else
		nix-env -p "$profile" --set "$1"
	fi && "$1/bin/switch-to-configuration" boot
}

follow() {
	left=$(($1 * 5))
	while [ "$left" -gt 0 ]; do
		case $(cat "$run/phase" 2>/dev/null) in
		awaiting-confirmation | done) break ;;
		esac
		# The unit ended without a word: killed, or a power cut.
		systemctl is-active --quiet "$unit.service" "$rescue.service" "$rescue.timer" || break
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
	# Opening the pipe waits for its reader, who may have gone in this very moment.
	echo yes | timeout 5 tee "$run/answer" >/dev/null
}

verb=${1:-}
[ $# -eq 0 ] || shift
case $verb in
hold) hold "$1" ;;
busy) busy "$1" ;;
dry) dry "$1" "$2" ;;
start) start ;;
run) activation ;;
follow) follow "$1" ;;
confirm) confirm "$1" ;;
record) record "$1" "$2" "$3" ;;
rescue) rescue "$1" ;;
heal) heal ;;
reboot) reboot ;;
arrived) arrived "$1" ;;
await) await ;;
left-behind) left_behind "$1" ;;
forget) alone && is_still "$1" && rm -rf "$kept" "$roots" "$run" ;;
*)
	sed -n '2,/^set -u/p' "$0" | sed -e '/^set -u/d' -e 's/^# \{0,1\}//'
	exit 64
	;;
esac
