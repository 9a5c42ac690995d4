#!/bin/sh
# Tells what may ail this host, as KEY=VALUE lines. It only reads. As root it sees everything; as another user it sees what
# that user may read, and `unseen=` names what it could not. examine.ts reads the lines.
#
# Each command has a limit of time, and each list a limit of lines: the card of a host that is ill may be slow.
#
# Read: systemctl(1), journalctl(1), /proc/meminfo and /proc/mounts (proc(5)), df(1), vcgencmd get_throttled and its file in
# sysfs (raspberrypi/documentation, os/graphics-utilities.adoc; raspberrypi/linux, drivers/firmware/raspberrypi.c),
# drivers/hwmon/raspberrypi-hwmon.c, thermal zones, /proc/net/wireless, and what the first boot left.
# FS is where the file system begins: only a test says so.
set -u
PATH=/run/current-system/sw/bin:/nix/var/nix/profiles/default/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL=C
fs=${FS:-}

# `try COMMAND…`: what it prints within its time, on stdout alone.
try() { timeout 10 "$@" </dev/null 2>/dev/null; }

# `last N KEY`: the last N lines of stdin, shortened, each as KEY=LINE.
last() { grep . | tail -n "$1" | cut -c1-240 | sed "s/^/$2=/"; }

root=no
[ "$(id -u)" -ne 0 ] || root=yes
echo "root=$root"

# The groups that may read all of the journal: systemd-journald.service(8), ACCESS CONTROL.
journal=yes
if [ "$root" = no ]; then
	case " $(id -Gn) " in
	*" systemd-journal "* | *" adm "* | *" wheel "*) ;;
	*)
		journal=no
		echo "unseen=journal"
		;;
	esac
fi

# `log BOOT OPTION…`: the journal of a boot; 0 is this one, -1 the one before.
log() {
	[ "$journal" = yes ] || return 0
	boot=$1
	shift
	try journalctl --quiet --no-pager --boot="$boot" "$@"
}

sed -n 's/^PRETTY_NAME="\{0,1\}\([^"]*\).*/os=\1/p' "$fs/etc/os-release" 2>/dev/null | head -n 1
sed 's/^\([0-9]*\).*/uptime=\1/' "$fs/proc/uptime"
echo "load=$(cut -d' ' -f2 "$fs/proc/loadavg") $(grep -c ^processor "$fs/proc/cpuinfo")"
sed -n 's/^\(MemTotal\|MemAvailable\|SwapTotal\|SwapFree\): *\([0-9]*\) kB$/\1=\2/p' "$fs/proc/meminfo"

# `words N UNIT`: the last words of a unit. Its own say more than those of systemd about it.
words() {
	own=$(log 0 "_SYSTEMD_UNIT=$2" --lines=8 --output=cat)
	[ -n "$own" ] || own=$(log 0 --unit="$2" --lines=8 --output=cat)
	printf '%s\n' "$own" | last "$1" "said.$2"
}

# Units.
echo "state=$(try systemctl is-system-running)"
try systemctl list-units --state=failed --plain --no-legend --no-pager | head -n 10 | while read -r unit _; do
	echo "failed=$unit $(try systemctl show --property=Result --value "$unit")"
	words 2 "$unit"
done
try systemctl list-units --all --plain --no-legend --no-pager 'github-runner-*.service' | head -n 10 |
	while read -r unit _ active sub _; do
		echo "runner=$unit $active $sub $(try systemctl show --property=ConditionResult --value "$unit") $(try systemctl show --property=NRestarts --value "$unit")"
		words 3 "$unit"
	done

# `kernel BOOT`: what the kernel says of memory, power and the card.
kernel() {
	messages=$(log "$1" --dmesg --output=cat)
	for kind in oom power card; do
		case $kind in
		oom) pattern='[Oo]ut of memory: Killed process' ;;
		power) pattern='[Uu]nder-?voltage detected' ;;
		card) pattern='I/O error, dev (mmcblk|sd|nvme)|mmc[0-9]+: .*(error|timeout|[Tt]imeout)|EXT4-fs error|EXT4-fs .*[Rr]emounting filesystem read-only' ;;
		esac
		found=$(printf '%s\n' "$messages" | grep -E "$pattern") || continue
		echo "$kind.$1=$(printf '%s\n' "$found" | wc -l) $(printf '%s\n' "$found" | tail -n 1 | cut -c1-200)"
	done
	! printf '%s\n' "$messages" | grep -qE 'EXT4-fs .*: recovery complete' || echo "recovered.$1=yes"
}
kernel 0
log 0 --priority=err --lines=5 --output=short --no-hostname | last 5 error.0

# How the boot before ended. systemd and journald say goodbye at the end of a shutdown; a power cut has no last words.
if [ "$journal" = yes ]; then
	end=$(log -1 --lines=40 --output=cat)
	if [ -z "$end" ]; then
		echo "before=unknown"
	elif printf '%s\n' "$end" | grep -qE '^(Journal stopped|Shutting down\.|Powering off\.|Rebooting\.|Reached target .*([Ss]hutdown|[Rr]eboot|[Pp]ower.?[Oo]ff|[Hh]alt).*|Received SIGTERM from PID 1 .*)$'; then
		echo "before=clean"
	else
		echo "before=cut $(log -1 --lines=1 --output=short-iso --no-hostname | tail -n 1 | cut -c1-200)"
	fi
	kernel -1
	log -1 --priority=err --lines=3 --output=short --no-hostname | last 3 error.-1
fi

# Disk. The Nix store is a mount of its own that is always read-only, so it is not among these.
for path in / /nix/store /boot /boot/firmware /var/lib /tmp /run; do
	[ -d "$fs$path" ] || continue
	inodes=$(try df -P -i "$fs$path" | awk 'NR == 2 { print $2, $4 }')
	try df -P -k "$fs$path" | awk -v path="$path" -v inodes="$inodes" 'NR == 2 { print "disk=" path, $6, $2, $4, inodes }'
done
awk '$2 ~ "^(/|/nix|/var|/var/lib|/boot)$" { mode[$2] = $4 }
	END { for (at in mode) if (mode[at] ~ /^ro(,|$)/) print "readonly=" at }' "$fs/proc/mounts"

# The partition that the system is on, and its card: in sectors of 512 bytes. The root need not be on one.
part=
for place in / /nix/store; do
	here=$(readlink -f "$fs/sys/dev/block/$(try findmnt -nro MAJ:MIN --target "$place")")
	[ -n "$part" ] || [ ! -e "$here/partition" ] || part=$here
done
[ -z "$part" ] || echo "root.partition=${part##*/} $(cat "$part/start") $(cat "$part/size") $(cat "$part/../size")"

# Power and heat.
throttled=$(try vcgencmd get_throttled | sed -n 's/^throttled=//p')
for file in "$fs"/sys/devices/platform/soc*/soc*firmware/get_throttled; do
	# This file has no 0x.
	[ -n "$throttled" ] || [ ! -r "$file" ] || throttled=0x$(cat "$file")
done
[ -z "$throttled" ] || echo "throttled=$throttled"
for name in "$fs"/sys/class/hwmon/*/name; do
	[ "$(cat "$name" 2>/dev/null)" = rpi_volt ] || continue
	echo "undervoltage=$(cat "${name%/*}/in0_lcrit_alarm" 2>/dev/null)"
done
for zone in "$fs"/sys/class/thermal/thermal_zone*; do
	case $(cat "$zone/type" 2>/dev/null) in *cpu* | *soc*) echo "temperature=$(cat "$zone/temp" 2>/dev/null)" ;; esac
done

# `/proc/net/wireless`: the third column is the quality of the link, the fourth its level in dBm.
awk 'NR > 2 && $4 ~ /^-/ { sub(":", "", $1); sub(/\.$/, "", $4); print "wifi=" $1, $4 }' "$fs/proc/net/wireless" 2>/dev/null

# What the first boot left (nix/modules/first-boot.sh), and a bundle that it did not consume. The firmware partition is the
# first of the system's disk, and mounted only on demand. In a mount namespace of its own nobody else sees our mount, and it
# ends with the command.
[ ! -r "$fs/var/lib/pi-fleet/first-boot" ] ||
	head -n 50 "$fs/var/lib/pi-fleet/first-boot" | cut -c1-300 | sed 's/^/firstboot./'
bundle=pi-fleet/first-boot.tar
firmware=
for first in ${part:+"${part%/*}"/*/partition}; do
	[ "$(cat "$first")" != 1 ] || firmware=/dev/$(basename "${first%/partition}")
done
if [ -n "$firmware" ]; then
	at=$(try findmnt -nro TARGET --source "$firmware" | head -n 1)
	if [ -n "$at" ] && { [ "$root" = yes ] || [ -x "$fs$at" ]; }; then
		[ ! -e "$fs$at/$bundle" ] || echo "bundle=$at/$bundle"
	elif [ "$root" = no ]; then
		echo "unseen=firmware"
	elif try unshare --mount sh -c "mount -o ro,noatime '$firmware' '$fs/tmp' && [ -e '$fs/tmp/$bundle' ]"; then
		echo "bundle=$firmware, $bundle"
	fi
fi

echo "synchronized=$(try timedatectl show --property=NTPSynchronized --value)"
echo "clock=$(date +%s)"
# What is cut off has no end.
echo "end=yes"
