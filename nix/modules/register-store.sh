# shellcheck shell=sh
# Tells Nix of the store paths that came with the card: register-store.sh NIX_STORE REGISTRATION. At the first boot alone.
#
# The image's own unit does that too, right after this, and does not survive every power cut. Nix notes the version of its
# database at once, while the tables may still be in memory: after a power cut the database has a version and no tables, and
# each later boot fails. The registration may also be deleted for good before what was read from it is on the card.
set -eu

nix_store=$1 registration=$2
state=${NIX_STATE_DIR:-/nix/var/nix}

# A database that can't be read is of no use to anybody, and all that belongs into it is in the registration.
if [ -e "$state/db" ] && ! "$nix_store" --dump-db >/dev/null; then
	echo "Nix's database was not finished, and is made anew" >&2
	rm -rf "$state/db"
fi
"$nix_store" --load-db <"$registration"
sync
