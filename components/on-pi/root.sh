#!/bin/sh
# All that the deploy user may do as root on a host with fleet.sudo.onlyActivation: sudo lets it run this and nothing else.
#
#   pi-fleet-root SCRIPT VERB ARG…    a verb of activate.sh, runner.sh or secrets.sh, as this system brought them
#
# Its caller is not trusted. Nothing that it sends is run as root, no file that it names is opened but a store path or a
# runner's token, and a system is activated only when it was made for this host and is signed by the fleet's key, or is a
# generation of this host that lets the deploy user do no more than this one.
# A Pi may be older than its deployer, who has no other way in: whatever is added here later, it must be able to do without.
# Its environment is that of nix/modules/only-activation.nix: SCRIPTS (where they are), DEPLOY_USER, HOST_NAME, SIGNING_KEY.
set -eu
umask 022
cd /

store_path='/nix/store/[0-9a-z]{32}-[A-Za-z0-9+_-][A-Za-z0-9+._-]*'
token_file='/var/lib/github-runner/\.runner_token(-[A-Za-z0-9_.-]{1,64})?'
host='[a-z0-9-]{1,63}'
line='.*'

refuse() {
	echo "refused by $HOST_NAME: $*" >&2
	exit 77
}

# Whether TEXT is one line of bounded length, without control characters, and PATTERN matches all of it.
is() {
	[ ${#2} -le 1000 ] && [ "$(printf %s "$2" | tr -d '\000-\037\177')" = "$2" ] && printf '%s\n' "$2" | grep -qxE -e "$1"
}

# VERB's arguments, a pattern each: `given PATTERN… -- ARG…`.
given() {
	patterns=""
	while [ "$1" != -- ]; do
		patterns="$patterns$1
"
		shift
	done
	shift
	count=$(printf %s "$patterns" | wc -l)
	[ $# -eq "$count" ] || refuse "$script $verb takes $count arguments"
	for argument; do
		is "${patterns%%
*}" "$argument" || refuse "$script $verb: '$argument' is not allowed"
		patterns=${patterns#*
}
	done
}

# A generation was activated as root once. One that had all of sudo would be a way to get it back.
closed_generation() {
	[ -x "$1/sw/bin/pi-fleet-root" ] || return 1
	for link in /nix/var/nix/profiles/system-*-link; do
		[ "$(readlink -f "$link")" != "$1" ] || return 0
	done
	return 1
}

# Anybody may add content-addressed paths to the store, and Nix trusts these without a signature (nix store verify).
signed() {
	signatures=$(nix --extra-experimental-features nix-command path-info --sigs "$1") || return 1
	case $signatures in
	*[[:space:]]ca:*) return 1 ;;
	*[[:space:]]"${SIGNING_KEY%%:*}":*) ;;
	*) return 1 ;;
	esac
	nix --extra-experimental-features nix-command store verify --no-contents --sigs-needed 1 \
		--option trusted-public-keys "$SIGNING_KEY" --option secret-key-files "" "$1"
}

allowed_system() {
	is "$store_path" "$1" || refuse "'$1' is no store path"
	closed_generation "$1" || signed "$1" >/dev/null 2>&1 ||
		refuse "$1 is neither signed by this fleet's key (${SIGNING_KEY%%:*}) nor a generation with onlyActivation"
	[ "$(cat "$1/etc/pi-fleet/host" 2>/dev/null)" = "$HOST_NAME" ] ||
		refuse "$1 was not made for $HOST_NAME, and a host keeps its name while it has onlyActivation"
	[ -x "$1/bin/switch-to-configuration" ] || refuse "$1 is no system"
}

# An order on stdin, as KEY=VALUE lines of these keys alone: `read_order KEY|KEY…`, then `take KEY PATTERN` for each.
read_order() {
	order=$(head -c 20000)
	! printf '%s\n' "$order" | grep -qvE "^($1)=" || refuse "$script $verb: only $1 are known"
}

take() {
	value=$(printf '%s\n' "$order" | sed -n "s/^$1=//p")
	is "$2" "$value" || refuse "$script $verb: $1='$value' is not allowed"
	printf '%s=%s\n' "$1" "$value"
}

start_order() {
	read_order 'toplevel|id|name|holder|goal|limit|confirm|units|check'
	take toplevel "$store_path"
	take name "$host"
	take goal 'switch|boot|test'
	take confirm '[0-9]{1,5}'
	take_common
}

reboot_order() {
	read_order 'id|holder|limit|units|check'
	take_common
}

# For whom it is done is not the caller's to say.
take_common() {
	take id "$line"
	take holder "$line"
	take limit '[0-9]{1,5}'
	take units '([A-Za-z0-9@_.:\\-]+\.[a-z]+( |$))*'
	take check "$line"
	echo "restricted=$DEPLOY_USER"
}

[ $# -ge 2 ] || refuse "pi-fleet-root SCRIPT VERB ARG…"
script=$1
verb=$2
shift 2
name='[A-Za-z0-9_.-]{1,64}'
registration='[0-9a-f]{1,64}'
scope='[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*'
case "$script $verb" in
"activate hold") given "$store_path" -- "$@" ;;
"activate busy") given "$store_path" -- "$@" ;;
"activate dry") given "$store_path" "$line" -- "$@" ;;
"activate start") given -- "$@" ;;
"activate follow") given '[0-9]{1,6}' -- "$@" ;;
"activate confirm" | "activate arrived") given "$line" -- "$@" ;;
"activate reboot") given -- "$@" ;;
"activate record") given "$store_path" "$line" "$host" -- "$@" ;;
"activate forget") given "$host" -- "$@" ;;
"runner state" | "runner restart" | "runner stop") given "$name" -- "$@" ;;
"runner deliver") given "$name" "$token_file" "$registration" "$scope" -- "$@" ;;
"runner note") given "$name" "$token_file" "$registration" "$scope" '[0-9]+' "$line" -- "$@" ;;
"runner remove") given "$name" "$token_file" '[0-9]*' -- "$@" ;;
"secrets stage") given -- "$@" ;;
*) refuse "there is no '$script $verb' for the deploy user" ;;
esac
[ "$script" != runner ] || case $1 in . | ..) refuse "'$1' is no runner" ;; esac

case "$script $verb" in
"activate start")
	checked=$(start_order)
	allowed_system "$(printf '%s\n' "$checked" | sed -n 's/^toplevel=//p')"
	printf '%s\n' "$checked" | sh "$SCRIPTS/activate.sh" start
	;;
"activate reboot")
	checked=$(reboot_order)
	printf '%s\n' "$checked" | sh "$SCRIPTS/activate.sh" reboot
	;;
*)
	case "$script $verb" in "activate busy" | "activate dry" | "activate record") allowed_system "$1" ;; esac
	exec sh "$SCRIPTS/$script.sh" "$verb" "$@"
	;;
esac
