#!/bin/sh
# The secrets of this host: files in /var/lib/pi-fleet-secrets, as root. Values come on stdin, so they are in no argv.
#
#   secrets.sh stage       keep aside what is on stdin: lines `for ID`, `file NAME MARK OWNER GROUP MODE BASE64 [UNIT…]`,
#                          `keep NAME`, and a last line `end`
#   secrets.sh pending ID  true when something was staged for the activation ID
#   secrets.sh apply ID    before the switch: what was staged takes its place, and what was there is kept
#   secrets.sh settle ID   after the switch: give files their owners, which may be new, and restart units of changed ones:
#                          those that run, and those that wait for their secret
#   secrets.sh commit ID   keep it so, and remove what was delivered earlier and is not wanted any more
#   secrets.sh undo        back to what was there before `apply`, unless it was committed
#
# A new passphrase may cut the host off, so the files return with the system: activate.sh calls all verbs but `stage`.
set -eu
PATH=/run/current-system/sw/bin:/nix/var/nix/profiles/default/bin:/usr/sbin:/usr/bin:/sbin:/bin
umask 077

dir=/var/lib/pi-fleet-secrets
staged=$dir/.staged
before=$dir/.before
# Lines `NAME MARK SIZE MTIME`, readable for all: status.sh reads here what was delivered and whether somebody altered it.
delivered=$dir/.delivered

fail() {
	echo "$*" >&2
	exit 1
}

# Refuses names that lead out of $dir, or to the files above.
check_name() {
	case $1 in
	'' | .* | -* | *[!A-Za-z0-9_.-]*) fail "not a name of a secret: $1" ;;
	esac
}

check_rights() {
	case $1$2 in
	*[!a-z0-9_-]*) fail "not an owner and group: $1 $2" ;;
	esac
	# No file may be executed, and none is readable for everybody.
	case $3 in
	0[0246][0246]0) ;;
	*) fail "not a mode of a secret: $3" ;;
	esac
}

stage() {
	# The other activation still needs what it staged.
	! systemctl is-active --quiet pi-fleet-activation.service pi-fleet-return.service ||
		fail "another activation is under way"
	mkdir -p "$dir"
	chmod 755 "$dir"
	rm -rf "$staged" "$staged.new"
	trap 'rm -rf "$staged.new"' EXIT
	mkdir "$staged.new"
	: >"$staged.new/.files"
	: >"$staged.new/.keep"
	ended=
	while read -r kind name rest; do
		case $kind in
		for) echo "$name${rest:+ $rest}" >"$staged.new/.for" ;;
		file)
			check_name "$name"
			stage_file "$name" "$rest"
			;;
		keep)
			check_name "$name"
			echo "$name" >>"$staged.new/.keep"
			;;
		end) ended=yes ;;
		esac
	done
	[ -n "$ended" ] || fail "the secrets did not arrive whole"
	mv "$staged.new" "$staged"
}

stage_file() {
	# shellcheck disable=SC2086 # words
	set -- "$1" $2
	name=$1 mark=$2 owner=$3 group=$4 mode=$5 data=$6
	shift 6
	check_rights "$owner" "$group" "$mode"
	for unit in "$@"; do
		case $unit in
		-* | *[!A-Za-z0-9@_.:\\-]*) fail "not a unit: $unit" ;;
		esac
	done
	printf '%s' "$data" | base64 -d >"$staged.new/$name"
	echo "$name $mark $owner $group $mode $*" >>"$staged.new/.files"
}

# True when the directory $1 is of the activation $2.
is_for() { [ -e "$1/.for" ] && [ "$(cat "$1/.for")" = "$2" ]; }

apply() {
	is_for "$staged" "$1" || return 0
	! is_for "$before" "$1" || return 0
	# A power cut may have ended a trial.
	undo
	keep_old "$1"
	while read -r name _ owner group mode units; do
		if cmp -s "$staged/$name" "$dir/$name"; then continue; fi
		# shellcheck disable=SC2086 # words
		units_of "$name" $units | while read -r how unit; do
			echo "$unit $how $(systemctl show --property=InvocationID --value "$unit")" >>"$before/.units"
		done
		put "$staged/$name" "$name"
		# An owner may come with the new system: `settle` gives it the file after the switch.
		give "$name" "$owner" "$group" "$mode" 2>/dev/null || true
	done <"$staged/.files"
}

# `units_of NAME REQUESTED…`: the units of a secret, `restart UNIT` or `start UNIT` one a line. The new system lists them
# (nix/modules/secrets.nix), and no request can add one. A system without a list is older, or of a flake of one's own: then
# the request counts, unless the deploy user may not become root here.
units_of() {
	system=$(sed -n 's/^toplevel=//p' /run/pi-fleet/activation 2>/dev/null || true)
	system=${system:-/run/current-system}
	name=$1
	shift
	if [ -e "$system/etc/pi-fleet/secret-units" ]; then
		awk -v name="$name" '$1 == name { print $2, $3 }' "$system/etc/pi-fleet/secret-units"
	elif [ ! -x "$system/sw/bin/pi-fleet-root" ] && [ ! -x /run/current-system/sw/bin/pi-fleet-root ]; then
		for unit; do echo "restart $unit"; done
	fi
}

keep_old() {
	rm -rf "$before.new"
	mkdir "$before.new"
	echo "$1" >"$before.new/.for"
	: >"$before.new/.units"
	cut -d ' ' -f 1 "$staged/.files" >"$before.new/.names"
	while read -r name; do
		if [ -e "$dir/$name" ]; then cp -p "$dir/$name" "$before.new/$name"; fi
	done <"$before.new/.names"
	sync
	mv "$before.new" "$before"
}

# `put FILE NAME`: the file takes its place whole or not at all, with the rights of FILE.
put() {
	cp -p "$1" "$dir/.new"
	sync "$dir/.new"
	mv "$dir/.new" "$dir/$2"
}

give() {
	chown "$2:$3" "$dir/$1" && chmod "$4" "$dir/$1"
}

settle() {
	if ! is_for "$staged" "$1" || [ ! -d "$before" ]; then return 0; fi
	while read -r name _ owner group mode _; do
		give "$name" "$owner" "$group" "$mode" 2>/dev/null ||
			fail "the secret $name can't be given to $owner:$group: there is no such user or group"
	done <"$staged/.files"
	sort -u "$before/.units" | while read -r unit how invocation; do
		# A unit that the switch started has read the new file already.
		[ "$(systemctl show --property=InvocationID --value "$unit")" = "$invocation" ] || continue
		renew "$how" "$unit" || fail "$unit, which uses a secret that changed, can't be restarted"
	done
}

# `renew HOW UNIT`: lets a unit read its secret anew. A unit that a timer runs, or that has ended, reads it when it runs next.
renew() {
	properties=$(systemctl show --property=LoadState,ActiveState,Type,TriggeredBy,ConditionResult,ConditionTimestampMonotonic "$2")
	case "$(property LoadState) $(property Type) $(property ActiveState)" in
	not-found*) return 1 ;;
	*' active' | *' reloading') systemctl try-restart "$2" ;;
	*' oneshot '*) ! may_start "$1" || systemctl start "$2" ;;
	*' activating') systemctl try-restart "$2" ;;
	# Its failure is not new. It may have failed for want of this secret.
	*' failed') is_timed || systemctl start "$2" || true ;;
	*) ! may_start "$1" || systemctl start "$2" ;;
	esac
}

property() { echo "$properties" | sed -n "s/^$1=//p"; }

is_timed() { property TriggeredBy | grep -q '\.timer'; }

# True when the system says `start`, or when systemd was to start the unit and a condition was missing: that its secret is there.
may_start() {
	[ "$1" != start ] || return 0
	! is_timed && [ "$(property ConditionResult)" = no ] && [ "$(property ConditionTimestampMonotonic)" != 0 ]
}

commit() {
	is_for "$staged" "$1" || return 0
	apply "$1"
	: >"$delivered.new"
	while read -r name mark _; do
		echo "$name $mark $(stat -c '%s %Y' "$dir/$name")" >>"$delivered.new"
	done <"$staged/.files"
	if [ -e "$delivered" ]; then
		while read -r name _; do
			check_name "$name"
			if ! grep -q "^$name " "$delivered.new" && ! grep -qxF "$name" "$staged/.keep"; then
				rm -f "$dir/$name"
			fi
		done <"$delivered"
	fi
	chmod 644 "$delivered.new"
	sync "$delivered.new"
	if [ -s "$delivered.new" ]; then mv "$delivered.new" "$delivered"; else rm -f "$delivered.new" "$delivered"; fi
	rm -rf "$before" "$staged"
}

undo() {
	[ -d "$before" ] || return 0
	while read -r name; do
		if [ -e "$before/$name" ]; then put "$before/$name" "$name"; else rm -f "$dir/$name"; fi
	done <"$before/.names"
	cut -d ' ' -f 1 "$before/.units" | sort -u | while read -r unit; do
		systemctl try-restart "$unit" || true
	done
	rm -rf "$before"
}

verb=${1:-}
[ $# -eq 0 ] || shift
case $verb in
stage) stage ;;
pending) is_for "$staged" "$1" ;;
apply) apply "$1" ;;
settle) settle "$1" ;;
commit) commit "$1" ;;
undo)
	undo
	rm -rf "$staged"
	;;
*)
	sed -n '2,/^set -eu/p' "$0" | sed -e '/^set -eu/d' -e 's/^# \{0,1\}//'
	exit 64
	;;
esac
