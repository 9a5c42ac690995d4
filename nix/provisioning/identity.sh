# shellcheck shell=sh
# Gives a provisioning image the name and the user that a first-boot bundle brought: identity.sh FOLDER. It runs once the
# bundle was consumed, and at each boot and switch after that. Before, it has nothing to do.
set -eu
# In an activation at boot the tools are on PATH, and no system is the current one yet.
PATH=$PATH:/run/current-system/sw/bin:/usr/sbin:/usr/bin:/sbin:/bin
folder=$1
root=

if [ ! -e "$folder/identity" ]; then exit 0; fi
host=$(sed -n 's/^HOST=//p' "$folder/identity")
user=$(sed -n 's/^USER=//p' "$folder/identity")

echo "$host" >"$root/etc/hostname.new"
sync "$root/etc/hostname.new"
mv -fT "$root/etc/hostname.new" "$root/etc/hostname"
echo "$host" >"$root/proc/sys/kernel/hostname"

if ! id "$user" >/dev/null 2>&1; then
	set -- --home-dir "/home/$user" --create-home --gid users --groups wheel --shell "$(command -v bash || echo /bin/sh)"
	# An account of another system, which this one removed, had its home already.
	if [ -d "$root/home/$user" ]; then set -- "$@" --uid "$(stat -c %u "$root/home/$user")"; fi
	useradd "$@" "$user"
fi
