# shellcheck shell=sh
# Stands in for: nixos/modules/config/update-users-groups.pl, by the host's useradd, groupadd and gpasswd.
# Not modelled: accounts of Debian are never removed or renumbered; a changed shell or home of one stays.
# Usage: update-users-groups.sh "GROUP…" "NAME:GROUP:HOME:SHELL:DESCRIPTION\n…" "USER:GROUP…" MUTABLE
set -eu
groups=$1
users=$2
memberships=$3
mutable=$4
state=/var/lib/nixos
mkdir -p "$state"

for group in $groups; do
  grep -q "^$group:" /etc/group || groupadd --system "$group"
done

added_before=
[ ! -e "$state/lab-users" ] || added_before=$(cat "$state/lab-users")
added=
while IFS=: read -r name group home shell description; do
  [ -n "$name" ] || continue
  if ! grep -q "^$name:" /etc/passwd; then
    echo "creating user ‘$name’..." >&2
    home_flag=--create-home
    [ "$home" != /var/empty ] || home_flag=--no-create-home
    useradd "$home_flag" --home-dir "$home" --shell "$shell" --gid "$group" --comment "$description" "$name"
    added="$added $name"
  else
    case " $added_before " in *" $name "*) added="$added $name" ;; esac
  fi
done <<EOF
$users
EOF
for name in $added_before; do
  case " $added " in *" $name "*) continue ;; esac
  echo "removing user ‘$name’" >&2
  # NixOS also removes somebody who is logged in.
  userdel --force "$name" 2>/dev/null || ! grep -q "^$name:" /etc/passwd
done
printf '%s\n' "${added# }" > "$state/lab-users"

members_before=
[ ! -e "$state/lab-memberships" ] || members_before=$(cat "$state/lab-memberships")
for pair in $memberships; do
  case " $(id -Gn "${pair%%:*}") " in
    *" ${pair#*:} "*) ;;
    *) gpasswd --add "${pair%%:*}" "${pair#*:}" > /dev/null ;;
  esac
done
for pair in $members_before; do
  case " $memberships " in *" $pair "*) continue ;; esac
  ! grep -q "^${pair%%:*}:" /etc/passwd || gpasswd --delete "${pair%%:*}" "${pair#*:}" > /dev/null
done
printf '%s\n' "$memberships" > "$state/lab-memberships"

# Without mutableUsers a declared group has just the members that are declared, of the accounts that are.
[ "$mutable" = false ] || exit 0
while IFS=: read -r name primary _; do
  [ -n "$name" ] || continue
  for group in $(id -Gn "$name"); do
    case " $groups " in *" $group "*) ;; *) continue ;; esac
    case " $memberships " in *" $name:$group "*) continue ;; esac
    [ "$group" = "$primary" ] || [ "$group" = "$(id -gn "$name")" ] || gpasswd --delete "$name" "$group" > /dev/null
  done
done <<EOT
$users
EOT
