# shellcheck shell=sh
# Gives a provisioning image the static address that a first-boot bundle brought:
#
#   network.sh start FILE DEFAULT   starts a unit for the interface, which waits until it is there
#   network.sh up FILE INTERFACE    gives it the address
#
# FILE has KEY=VALUE lines: ADDRESS, INTERFACE (DEFAULT when empty), GATEWAY, NAMESERVER.
set -eu
PATH=$PATH:/run/current-system/sw/bin:/usr/sbin:/usr/bin:/sbin:/bin
verb=$1
file=$2
interface=$3

of() { sed -n "s/^$1=//p" "$file"; }

case $verb in
start)
	named=$(of INTERFACE)
	interface=${named:-$interface}
	if [ -z "$interface" ]; then
		echo "the first-boot bundle names no interface for $(of ADDRESS), and this board's has no usual name: set hosts.NAME.network.interface" >&2
		exit 1
	fi
	systemctl start --no-block "pi-fleet-network@$(systemd-escape "$interface").service"
	;;
up)
	ip link set "$interface" up
	ip address replace "$(of ADDRESS)" dev "$interface"
	gateway=$(of GATEWAY)
	if [ -n "$gateway" ]; then ip route replace default via "$gateway" dev "$interface"; fi
	of NAMESERVER | sed 's/^/nameserver /' | resolvconf -m 1 -a pi-fleet
	;;
esac
