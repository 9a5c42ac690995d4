# shellcheck shell=sh
# The parts of a NixOS system that are used only from the next boot on: what nixos/modules/system/boot/kernel.nix adds
# to the userspace. `firmware` is what the kernel loads (Wi-Fi, Bluetooth). The Pi's firmware partition is not compared:
# no system says what it should have, as nixpkgs writes it only into the image. boot-parts.ts does the same for systems
# in the deployer's store.

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
