#!/bin/sh
# Moves this NixOS host to a new system without stranding it. The work goes on when the ssh connection that asked is
# lost.
#
# Asked over ssh:
#   activate.sh hold TOPLEVEL      keep TOPLEVEL from the garbage collector, before it is copied
#   activate.sh dry TOPLEVEL HOLDER  print what switch-to-configuration dry-activate says
#   activate.sh busy TOPLEVEL      print the runners whose job is to end first, and whether TOPLEVEL would stop it
#   activate.sh start              begin, as a unit of its own; the order is on stdin, as KEY=VALUE lines
#   activate.sh follow SECONDS     wait until the host needs an answer or is done; print where it stands
#   activate.sh confirm ID         keep the new system: asked over a fresh connection
#   activate.sh record TOPLEVEL ID NAME  note that the host, NAME in the fleet, is where ID wanted it
#   activate.sh reboot             restart into the profile's system; the order is on stdin, as KEY=VALUE lines
#   activate.sh arrived ID         after the restart, over a fresh connection: look at its health, and keep it or go back
#   activate.sh forget NAME        remove what this script keeps on the host, not its system; unless it has another name now
# Run by units of the system:
#   activate.sh await              at boot: go back when nobody comes with `arrived`
#   activate.sh heal               at boot, after a power cut in the middle of a commit: finish it, or undo it
# Run by units of this script:
#   activate.sh run                the activation that `start` ordered
#   activate.sh rescue REASON      return to the system that ran before the activation
#   activate.sh left-behind REASON  return to the system that booted before the reboot
#
# Exit codes: 64, no such verb; 75, another activation or reboot is under way; 76, a job is to end before the reboot; 78, the
# new system can only be booted.
#
# The order of an activation: arm a timer that returns to the running system; `switch-to-configuration test`; health
# checks; wait for the confirmation; only then set the profile and the boot default. Secrets that were staged
# (secrets.sh, beside this script) go and return with the system. The old system returns when nobody confirms the new
# one, when a unit fails that did not fail before, and after a power cut. The way back has as many seconds as the way
# there. The result is a file, so that it can be read later. What is between two systems has a note on the disk, which
# status.sh shows when nobody is at it any more. A reboot is similar: when nobody confirms it, the system that booted before becomes the boot default and boots
# again.
# The contract of switch-to-configuration: nixpkgs pkgs/by-name/sw/switch-to-configuration-ng.
#
# On the host it is one file, which scripts.ts makes: the text of a sourced file takes the place of the line that sources it.
set -u
PATH=/run/current-system/sw/bin:/nix/var/nix/profiles/default/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH

. "${0%/*}/boot-parts.sh"
. "${0%/*}/activate/common.sh"
. "${0%/*}/activate/jobs.sh"
. "${0%/*}/activate/inhibitors.sh"
. "${0%/*}/activate/activation.sh"
. "${0%/*}/activate/way-back.sh"
. "${0%/*}/activate/reboot.sh"

verb=${1:-}
[ $# -eq 0 ] || shift
case $verb in
hold) hold "$1" ;;
busy) busy "$1" ;;
dry) dry "$1" "$2" ;;
start) start ;;
run) run_activation ;;
follow) follow "$1" ;;
confirm) confirm "$1" ;;
record) record "$1" "$2" "$3" ;;
rescue) rescue "$1" ;;
heal) heal ;;
reboot) reboot ;;
arrived) arrived "$1" ;;
await) await ;;
left-behind) left_behind "$1" ;;
forget) forget "$1" ;;
*)
	sed -n '2,/^set -u/p' "$0" | sed -e '/^set -u/d' -e 's/^# \{0,1\}//'
	exit 64
	;;
esac
