#!/bin/sh
# All that the deploy user may do as root on a host with fleet.sudo.onlyActivation: sudo lets the user run only this
# script.
#
#   pi-fleet-root SCRIPT VERB ARG…    runs a verb of activate.sh, runner.sh or secrets.sh, which are part of the system
#
#   pi-fleet-root activate challenge  prints what the signing key has to sign for the next activation
#
# The caller is not trusted. Nothing that the caller sends is run as root. No file that the caller names is opened,
# except a store path or a runner's token. A system is activated only when it was made for this host and is signed by
# the fleet's key, or is a generation of this host that gives the deploy user no more rights than this one. A system
# stays signed for ever. So each activation also needs a new signature for this system and this moment: else a
# thief of the deploy key could bring back any older system, such as one of a time without this restriction.
# A Pi may have an older version of this script than its deployer, who has no other way in. So the deployer must not need
# what is added here later.
# Its environment is that of nix/modules/only-activation.nix: SCRIPTS (where they are), DEPLOY_USER, HOST_NAME, SIGNING_KEY.
# FS is where the file system begins: only a test says so.
set -eu
umask 022
cd /

fs=${FS:-}
store_path="$fs/nix/store/[0-9a-z]{32}-[A-Za-z0-9+_-][A-Za-z0-9+._-]*"
# It is in /run, so a restart ends a challenge too.
signing=$fs/run/pi-fleet-root
token_file='/var/lib/github-runner/\.runner_token(-[A-Za-z0-9_.-]{1,64})?'
host='[a-z0-9-]{1,63}'
line='.*'

refuse() {
	echo "refused by $HOST_NAME: $*" >&2
	exit 77
}

# `is PATTERN TEXT`: whether TEXT is one line of bounded length without control characters, and PATTERN matches all of it.
is() {
	[ ${#2} -le 1000 ] && [ "$(printf %s "$2" | tr -d '\000-\037\177')" = "$2" ] && printf '%s\n' "$2" | grep -qxE -e "$1"
}

# `given PATTERN… -- ARG…`: refuses unless each argument matches its pattern.
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

# A generation was activated as root once, so it needs no signature. It must have this script for this deploy user, since
# a generation that gave all of sudo would give it again.
closed_generation() {
	grep -qsE "DEPLOY_USER=${DEPLOY_USER}['\" ]" "$1/sw/bin/pi-fleet-root" || return 1
	for link in "$fs"/nix/var/nix/profiles/system-*-link; do
		[ "$(readlink -f "$link")" != "$1" ] || return 0
	done
	return 1
}

# Anybody may add content-addressed paths to the store, and Nix trusts them without a signature (nix store verify).
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

# Prints a text that was never used before. It stays the same until an activation has used it up.
challenge() {
	(umask 077 && mkdir -p "$signing")
	if [ ! -s "$signing/challenge" ]; then
		head -c 24 /dev/urandom | base64 >"$signing/new.$$"
		# Another caller may have been faster: then its challenge stays.
		ln "$signing/new.$$" "$signing/challenge" 2>/dev/null || true
		rm -f "$signing/new.$$"
	fi
	cat "$signing/challenge"
}

# `activation_signed TOPLEVEL SIGNATURE`: whether the signing key signed the challenge for this system. Its signature is of the form that
# ssh-keygen -Y makes (OpenSSH, PROTOCOL.sshsig), and its key is the one that signs systems.
activation_signed() {
	[ -s "$signing/challenge" ] && [ -n "$2" ] || return 1
	work=$(mktemp -d "$signing/XXXXXX") || return 1
	{
		printf '\000\000\000\013ssh-ed25519\000\000\000\040'
		printf %s "${SIGNING_KEY#*:}" | base64 -d
	} | base64 | tr -d '\n' | sed 's/^/fleet ssh-ed25519 /' >"$work/signers"
	printf -- '-----BEGIN SSH SIGNATURE-----\n%s\n-----END SSH SIGNATURE-----\n' "$2" >"$work/signature"
	verdict=0
	printf '%s\n%s\n%s\n' "$HOST_NAME" "$1" "$(cat "$signing/challenge")" |
		ssh-keygen -Y verify -q -f "$work/signers" -I fleet -n pi-fleet-activation -s "$work/signature" >/dev/null 2>&1 ||
		verdict=1
	# Uses it up. Of two that come at once with the same signature, one is too late.
	[ "$verdict" -ne 0 ] || mv "$signing/challenge" "$work/" 2>/dev/null || verdict=1
	rm -rf "$work"
	return "$verdict"
}

# Reads an order of KEY=VALUE lines from stdin: `read_order KEY|KEY…` refuses other keys, `take KEY PATTERN` prints one line.
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

# The last line names the account that the order is restricted to. The caller can't choose it.
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
"activate challenge") given -- "$@" ;;
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
"activate challenge") challenge ;;
"activate start")
	read_order 'toplevel|id|name|holder|goal|limit|confirm|units|check|signature'
	checked=$(start_order)
	toplevel=$(printf '%s\n' "$checked" | sed -n 's/^toplevel=//p')
	allowed_system "$toplevel"
	activation_signed "$toplevel" "$(take signature '[A-Za-z0-9+/=]{0,400}' | sed 's/^signature=//')" ||
		refuse "the fleet's key (${SIGNING_KEY%%:*}) did not sign this activation: each activation needs a signature of its own, also that of a system which is signed"
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
