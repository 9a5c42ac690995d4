# shellcheck shell=sh
# Stands in for: nixos/modules/system/etc/setup-etc.pl: /etc/static, a symlink or copy for each file, /etc/.clean,
# removal of what the last configuration had and this one has not.
# Not modelled: replacing files that Debian owns; they are kept, with a warning, unless named in the arguments.
# Usage: setup-etc.sh ETC-TREE [PATH-BELOW-ETC-THAT-MAY-BE-REPLACED]...
set -eu
tree=$1
shift
static=/etc/static
failed=0

warn() {
  echo "$*" >&2
}

# A rename replaces what is there at one stroke.
place_link() { # destination, path
  ln -sfn "$1" "$2.tmp" && mv -fT "$2.tmp" "$2"
}

place_link "$tree" "$static"

copied_before=
[ ! -e /etc/.clean ] || copied_before=$(cat /etc/.clean)

is_copied() {
  case "
$copied_before
" in *"
$1
"*) return 0 ;; esac
  return 1
}

# May /etc/$1 be replaced? Yes when it is not there, came from us, or the module asked for it.
is_ours() {
  if [ -L "/etc/$1" ]; then
    case $(readlink "/etc/$1") in "$static" | "$static"/*) return 0 ;; esac
  elif [ ! -e "/etc/$1" ]; then
    return 0
  fi
  is_copied "$1" && return 0
  for owned in $may_replace; do
    [ "$1" != "$owned" ] || return 0
  done
  return 1
}
may_replace=$*

# Links into /etc/static whose file is gone.
find /etc -type l ! -path '/etc/static' ! -path '/etc/nixos/*' | while read -r link; do
  case $(readlink "$link") in
    "$static"/*)
      if [ ! -e "$static/${link#/etc/}" ] && [ ! -L "$static/${link#/etc/}" ]; then
        warn "removing obsolete symlink ‘$link’..."
        rm -f "$link"
      fi
      ;;
  esac
done

# One bad line in sudoers.d locks everybody out; NixOS checks it when it builds.
is_sound() { # path below /etc
  case $1 in
    sudoers.d/*) ! command -v visudo > /dev/null || visudo --check --quiet --file="$static/$1" ;;
  esac
}

place_copy() { # path below /etc
  is_sound "$1" || return 1
  owner=$(cat "$static/$1.uid")
  group=$(cat "$static/$1.gid")
  cp -f "$static/$1" "/etc/$1.tmp"
  chown "${owner#+}:${group#+}" "/etc/$1.tmp"
  chmod "$(cat "$static/$1.mode")" "/etc/$1.tmp"
  mv -fT "/etc/$1.tmp" "/etc/$1"
}

list=$(cd "$tree" && find . ! -type d | sort)
copied=
for name in $list; do
  name=${name#./}
  case $name in
    *.mode | *.uid | *.gid)
      [ ! -e "$static/${name%.*}" ] || continue
      ;;
  esac
  if ! is_ours "$name"; then
    warn "keeping the host's own /etc/$name"
    continue
  fi
  mkdir -p "/etc/$(dirname "$name")"
  mode=symlink
  [ ! -e "$static/$name.mode" ] || mode=$(cat "$static/$name.mode")
  case $mode in
    symlink)
      [ "$(readlink "/etc/$name" || true)" = "$static/$name" ] || place_link "$static/$name" "/etc/$name" || failed=1
      ;;
    direct-symlink)
      place_link "$(readlink "$static/$name")" "/etc/$name" || failed=1
      copied="$copied$name
"
      ;;
    *)
      place_copy "$name" || failed=1
      copied="$copied$name
"
      ;;
  esac
done

# Copies of the last configuration that this one has not.
for name in $copied_before; do
  if [ ! -e "$static/$name" ] && [ ! -L "$static/$name" ]; then
    warn "removing obsolete file ‘/etc/$name’..."
    rm -f "/etc/$name"
  fi
done
printf '%s' "$copied" > /etc/.clean.tmp
mv -f /etc/.clean.tmp /etc/.clean
[ -e /etc/NIXOS ] || : > /etc/NIXOS
exit "$failed"
