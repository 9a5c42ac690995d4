#!/bin/sh
# Tells what this NixOS host runs, as KEY=VALUE lines. Needs no root, writes nothing.
#
#   status.sh [NEXT]   NEXT is the system that would boot; what the profile has by default
#
# Read: /run/current-system, /run/booted-system (nixos/modules/system/activation), the system profile, machine-id(5),
# the records of activate.sh and the states of the github-runner units. On the host it is one file, which scripts.ts makes.
set -u
PATH=/run/current-system/sw/bin:/nix/var/nix/profiles/default/bin:/usr/sbin:/usr/bin:/sbin:/bin

. "${0%/*}/boot-parts.sh"

link() { readlink -f "$1" 2>/dev/null || true; }

echo "current=$(link /run/current-system)"
echo "booted=$(link /run/booted-system)"
echo "profile=$(link /nix/var/nix/profiles/system)"
echo "machine=$(cat /etc/machine-id 2>/dev/null)"
echo "boot=$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)"
echo "architecture=$(uname -m)"
echo "free=$(df -P -k /nix/store 2>/dev/null | awk 'NR == 2 { print $4 }')"
echo "clock=$(date +%s) $(date '+%u %H:%M')"

# The parts that are used only after a restart.
booted=$(link /run/booted-system)
next=$(link "${1:-/nix/var/nix/profiles/system}")
if [ -n "$booted" ] && [ -n "$next" ]; then
	echo "reboot=$(changed_boot_parts "$booted" "$next")"
fi

# Whether the deploy user may run root.sh alone as root.
[ ! -x /run/current-system/sw/bin/pi-fleet-root ] || echo "restricted=yes"

# The record holds id=, system= and machine= lines.
[ ! -r /var/lib/pi-fleet/convergence ] || sed 's/^/record./' /var/lib/pi-fleet/convergence

# A reboot that is under way or not confirmed yet, and how the last one ended.
[ ! -r /var/lib/pi-fleet/rebooting ] ||
	sed -n 's/^\(id\|holder\|since\|boot\)=/rebooting.&/p' /var/lib/pi-fleet/rebooting
[ ! -r /var/lib/pi-fleet/rebooted ] || sed 's/^/rebooted./' /var/lib/pi-fleet/rebooted

# Runners that a delivery registered and that still have their token (runner.sh), and just-in-time ones that had their job.
for note in /var/lib/pi-fleet/runners/*/*; do
	id=$(sed -n 's/^id=//p' "$note" 2>/dev/null)
	token=$(sed -n 's/^token=//p' "$note" 2>/dev/null)
	name=${note%/*}
	if [ -e "$name/.done" ]; then echo "spent.${name##*/}=yes"; fi
	if [ -z "$id" ] || [ ! -e "$token" ]; then continue; fi
	echo "registered.${name##*/}=${note##*/} $id $(sed -n 's/^delivery=//p' "$note")"
done

# The secrets that secrets.sh delivered, and whether somebody altered them.
secrets=/var/lib/pi-fleet-secrets
if [ -r "$secrets/.delivered" ]; then
	while read -r name mark stamp; do
		[ "$(stat -c '%s %Y' "$secrets/$name" 2>/dev/null)" = "$stamp" ] || mark=altered
		echo "secret.$name=$mark"
	done <"$secrets/.delivered"
fi

# An activation that is under way, or whose way back is, or which left no end when it was killed. A boot activates a whole
# system, so what came before it does not count.
unfinished=/var/lib/pi-fleet/unfinished
if systemctl is-active --quiet pi-fleet-activation.service pi-fleet-return.service pi-fleet-return.timer 2>/dev/null; then
	sed -n 's/^\(holder\|since\)=/activation.&/p' /run/pi-fleet/activation 2>/dev/null
else
	! grep -qsxF "boot=$(cat /proc/sys/kernel/random/boot_id)" "$unfinished" ||
		sed -n 's/^\(holder\|since\|toplevel\|troubles\)=/unfinished.&/p' "$unfinished"
	# Whether /etc is the running system's: nixos/modules/system/etc/setup-etc.pl. Where /etc is an overlay there is no link.
	system=/run/current-system
	[ ! -e "$system/etc" ] || [ -e "$system/etc-basedir" ] || [ "$(link /etc/static)" = "$(link "$system/etc")" ] ||
		echo "etc=$(link /etc/static)"
fi

systemctl list-units --state=failed --plain --no-legend 2>/dev/null | while read -r unit _; do echo "failed=$unit"; done

systemctl list-units --all --plain --no-legend 'github-runner-*.service' 2>/dev/null |
	while read -r unit _ active sub _; do
		echo "runner=${unit%.service} $active $sub"
		version=$(systemctl show --property=ExecStart --value "$unit" 2>/dev/null |
			grep -o 'github-runner-[0-9][0-9.]*[0-9]' | head -n 1)
		unit=${unit%.service}
		[ -z "$version" ] || echo "version.${unit#github-runner-}=${version##*-}"
	done
