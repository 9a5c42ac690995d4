# shellcheck shell=sh
# Consumes a first-boot bundle: pi-fleet/first-boot.tar on the FAT partition of the disk that the system is on, which `npm
# run pi -- flash` wrote. Each of its files takes its place, and then the bundle is deleted. This runs at each boot, before
# whatever reads those files, and mostly finds no bundle.
#
#   HOST   the system's name in its fleet; empty in a provisioning image, which takes any bundle, and more of it
#   AFTER  a program to run once the files are in place; empty for none
#
# A power cut at any moment is ended by the next boot: a file is in its place whole or not at all, and the bundle goes only
# when all of them are, which /var/lib/pi-fleet/first-boot then says.
set -eu
PATH=/run/current-system/sw/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL=C
umask 077

root=
# In memory: a power cut leaves nothing of it.
work=/run/pi-fleet-first-boot
card=$work/card
open=$work/open
bundle=$card/pi-fleet/first-boot.tar
marker=$card/pi-fleet/image
record=$root/var/lib/pi-fleet/first-boot
# components/images/first-boot-bundle.ts makes no larger one.
largest=4194304

main() {
	mkdir -p "$card"
	rm -rf "$open"
	if ! partition=$(fat_partition); then
		echo "the system is on no disk with a first partition, so there can be no first-boot bundle"
		return 0
	fi
	mount_card "$partition" || return 0
	trap 'rm -rf "$open"; umount "$card"' EXIT
	if [ -e "$bundle" ]; then
		consume
	elif in_place; then
		finish
	fi
}

# All cards have the same labels and identifiers, so the disk is found by the system that runs from it. The root need not
# be on a partition; then the Nix store is asked for.
fat_partition() {
	for place in / /nix/store; do
		number=$(findmnt -nro MAJ:MIN --target "$place") || continue
		here=$(realpath "$root/sys/dev/block/$number") || continue
		[ -e "$here/partition" ] || continue
		for of in "${here%/*}"/*/partition; do
			if [ "$(cat "$of")" = 1 ]; then
				of=${of%/partition}
				echo "/dev/${of##*/}"
				return 0
			fi
		done
	done
	return 1
}

# A partition that is mounted elsewhere for writing can't be mounted for reading alone. One that is no FAT at all is a card
# of another kind, and no fault of this system.
mount_card() {
	if mount -t vfat -o ro,umask=0077 "$1" "$card" 2>/dev/null; then return 0; fi
	said=$(mount -t vfat -o umask=0077 "$1" "$card" 2>&1) && return 0
	echo "no first-boot bundle is looked for, since $1 can't be mounted: $said" >&2
	return 1
}

consume() {
	sum=$(sha256sum <"$bundle")
	sum=${sum%% *}
	# Its files are in place, and may have been renewed since.
	if in_place && [ "$(recorded BUNDLE)" = "$sum" ]; then
		delete
	elif why=$(unpack); then
		place
		delete
	elif in_place && is_damage "$why"; then
		# The power went away while it was overwritten.
		delete
	else
		echo "the first-boot bundle stays on the card: $why" >&2
		write_record refused "PROBLEM=$why"
	fi
}

# `recorded KEY`: what an earlier boot wrote down.
recorded() {
	if [ -e "$record" ]; then sed -n "s/^$1=//p" "$record" | head -n 1; fi
}

# True when all files of the last bundle are in place, and it was still to be deleted.
in_place() { [ "$(recorded RESULT)" = placed ]; }

# Unpacks the bundle into memory. Fails and says why when this system can't take it.
unpack() {
	mkdir "$open"
	if [ "$(stat -c %s "$bundle")" -gt "$largest" ]; then
		echo "it is larger than a bundle can be"
	elif ! tar -tf "$bundle" >/dev/null 2>&1; then
		echo "it is damaged: its tar can't be read"
	elif ! said=$(tar -xf "$bundle" -C "$open" --no-same-owner 2>&1); then
		echo "it can't be unpacked in $work: $said"
	elif [ ! -e "$open/manifest" ]; then
		echo "it is damaged: it has no manifest"
	elif [ "$(manifest VERSION)" != 1 ]; then
		echo "it has the version $(manifest VERSION), and this system reads version 1: flash the card with the pi-fleet that made its image"
	elif ! (cd "$open" && sha256sum --status --check SHA256SUMS 2>/dev/null); then
		echo "it is damaged: its checksums differ"
	else
		foreign
		return
	fi
	return 1
}

is_damage() {
	case $1 in
	'it is damaged'*) ;;
	*) return 1 ;;
	esac
}

# Fails and says why when the bundle is not for this system.
foreign() {
	of="it is of $(manifest HOST) in the stack $(manifest STACK)"
	if [ ! -e "$marker" ]; then
		echo "$of, and the card has no pi-fleet/image, which would say whose image it is"
	elif [ -n "$HOST" ] && [ "$HOST" != "$(manifest HOST)" ]; then
		echo "$of, and this system is $HOST"
	elif [ -n "$(image HOST)" ] && [ "$(image HOST)" != "$(manifest HOST)" ]; then
		echo "$of, and the card's image is of $(image HOST)"
	elif [ -n "$(image STACK)" ] && [ "$(image STACK)" != "$(manifest STACK)" ]; then
		echo "$of, and the card's image is of the stack $(image STACK)"
	else
		return 0
	fi
	return 1
}

# `manifest KEY` and `image KEY`: the values of a key, one a line.
manifest() { sed -n "s/^$1=//p" "$open/manifest"; }
image() { sed -n "s/^$1=//p" "$marker"; }

place() {
	manifest FILE >"$open/list"
	if [ -z "$HOST" ]; then manifest PROVISIONING_FILE >>"$open/list"; fi
	: >"$open/placed"
	while read -r index mode owner group path; do
		put "$open/files/$index" "$mode" "$owner" "$group" "$path"
	done <"$open/list"
	if [ -n "$AFTER" ] && ! "$AFTER"; then echo "after the first-boot bundle, this failed: $AFTER" >&2; fi
	# Nothing of it may be in memory alone when the bundle goes.
	sync
	write_record placed
	echo "the first-boot bundle is in place: $(cut -d ' ' -f 2- "$open/placed" | tr '\n' ' ')"
}

# `put FILE MODE OWNER GROUP PATH`: nobody but its owner can read it at any time, and it is there whole or not at all.
put() {
	case $5 in
	*/../* | */.. | [!/]*)
		echo "the first-boot bundle has a file for $5, which is not a path" >&2
		return 1
		;;
	esac
	to=$root$5
	folder=${to%/*}
	(umask 022 && mkdir -p "$folder")
	new=$folder/.${to##*/}.first-boot
	rm -f "$new"
	cat "$1" >"$new"
	if said=$(chown "$3:$4" "$new" 2>&1); then
		chmod "$2" "$new"
		echo "FILE $5" >>"$open/placed"
	else
		# Its owner may come with the fleet's own system; up delivers it then.
		echo "$5 stays root's: $said" >&2
		echo "ROOTS $5" >>"$open/placed"
	fi
	sync "$new"
	mv -fT "$new" "$to"
	sync "$folder"
}

# Deletes the bundle. What a flash card keeps of it, only who reads its chip directly can see.
delete() {
	mount -o remount,rw "$card"
	shred --iterations=0 --zero "$bundle"
	rm "$bundle"
	sync -f "$card"
	finish
}

finish() {
	sed 's/^RESULT=.*/RESULT=consumed/' "$record" | keep_record
}

# `write_record RESULT [LINE]`: what became of the bundle, for status, doctor and people. Nothing in it is secret.
write_record() {
	{
		echo "VERSION=1"
		echo "RESULT=$1"
		echo "TIME=$(date -u +%Y-%m-%dT%H:%M:%SZ)"
		echo "BUNDLE=$sum"
		if [ -e "$open/manifest" ]; then sed -n -e '/^HOST=/p' -e '/^STACK=/p' "$open/manifest"; fi
		if [ -e "$open/placed" ]; then sed 's/ /=/' "$open/placed"; fi
		if [ $# -gt 1 ]; then echo "$2"; fi
	} | keep_record
}

keep_record() {
	(umask 022 && mkdir -p "${record%/*}" && cat >"$record.new")
	sync "$record.new"
	mv -fT "$record.new" "$record"
	sync "${record%/*}"
}

main
