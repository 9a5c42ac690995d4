# shellcheck shell=sh
# What of a NixOS system only a boot takes up: what nixos/modules/system/boot/kernel.nix puts into a system beside its
# userspace. `firmware` is what the kernel loads (Wi-Fi, Bluetooth). No system says what the Pi's firmware partition should
# have: nixpkgs writes that only into the image. The same for this machine's store: boot-parts.ts.

# Prints the parts in which two systems differ: `changed_boot_parts SYSTEM SYSTEM`.
changed_boot_parts() {
	changed=""
	for part in kernel initrd kernel-modules dtbs firmware; do
		[ "$(readlink "$1/$part")" = "$(readlink "$2/$part")" ] || changed="$changed $part"
	done
	[ "$(cat "$1/kernel-params" 2>/dev/null)" = "$(cat "$2/kernel-params" 2>/dev/null)" ] ||
		changed="$changed kernel-params"
	echo "${changed# }"
}
