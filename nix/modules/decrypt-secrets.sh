# shellcheck shell=sh
# Decrypts this system's secrets into memory: decrypt-secrets.sh LIST AGE KEY. Each line of LIST is
# NAME FILE OWNER GROUP MODE. The switch that runs this restarts the units of what changed: the file is a part of them.
set -eu
umask 077
list=$1 age=$2 key=$3
dir=/run/pi-fleet-secrets
new=$dir/.new

mkdir -p "$dir"
chmod 755 "$dir"
rm -rf "$new"
mkdir "$new"

# All or none: an unreadable one leaves the others as they were.
while read -r name file _; do
  "$age" --decrypt --identity "$key" --output "$new/$name" "$file" || {
    echo "the secret $name can't be decrypted with $key: is $file encrypted for this host's key?" >&2
    exit 1
  }
done <"$list"

while read -r name _ owner group mode; do
  chown "$owner:$group" "$new/$name"
  chmod "$mode" "$new/$name"
  mv "$new/$name" "$dir/$name"
done <"$list"
rmdir "$new"

for file in "$dir"/*; do
  [ -e "$file" ] || continue
  grep -q "^${file##*/} " "$list" || rm -f "$file"
done
