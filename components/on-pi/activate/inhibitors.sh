# shellcheck shell=sh
# Whether a host can be switched to a system while it runs. NixOS's pre-switch checks can refuse that. One of them is about
# what can't be replaced at run time, such as the implementation of dbus: a switch inhibitor, which differs between the two
# systems. dry-activate does not look at these (nixpkgs, nixos/modules/system/activation/switchable-system.nix and
# pre-switch-check.nix).

# `inhibited SYSTEM`: prints why the host can't be switched to it now, as one line; nothing when it can.
inhibited() {
	said=$(timeout 60 "$1/bin/switch-to-configuration" check </dev/null 2>&1 9>&-) && return 0
	code=$?
	# Systems before 25.05 know no `check` (nixpkgs #236375). What they would refuse shows in the activation.
	! printf '%s\n' "$said" | grep -q '^[Uu]sage: .*|boot|test' || return 0
	differs=$(printf '%s\n' "$said" | grep -E '^[^ ]+ : .* -> ' | one_line)
	if [ -n "$differs" ]; then
		echo "it can't be switched to this system while it runs: $differs. With goal: boot, and then a reboot, it can"
	elif [ "$code" -eq 124 ]; then
		echo "the pre-switch checks of the new system took longer than 60 s"
	else
		echo "the pre-switch checks of the new system refuse it: $(printf '%s\n' "$said" | grep -v '^Pre-switch checks failed' | tail -n 4 | one_line)"
	fi
}

# Joins the lines of stdin.
one_line() { grep . | paste -s -d ';' | sed 's/;/; /g'; }
