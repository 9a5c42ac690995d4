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

nl='
'
copied_before=
[ ! -e /etc/.clean ] || copied_before=$(cat /etc/.clean)
# All links below /etc as lines 'LINK' -> 'DESTINATION', read at once: an emulated process takes its time.
links=$nl$(find /etc -type l ! -path "$static" -exec stat -c %N {} +)$nl
may_replace=" $* "

is_copied() { # path below /etc
  case $nl$copied_before$nl in *"$nl$1$nl"*) return 0 ;; esac
  return 1
}

# May /etc/$1 be replaced? Yes when it is not there, came from us, or the module asked for it.
is_ours() {
  case $links in *"$nl'/etc/$1' -> '$static/"*) return 0 ;; esac
  case $may_replace in *" $1 "*) return 0 ;; esac
  if [ ! -e "/etc/$1" ] && [ ! -L "/etc/$1" ]; then return 0; fi
  is_copied "$1"
}

# Links into /etc/static whose file is gone.
while read -r line; do
  case $line in
    *" -> '$static/"*)
      link=${line#\'}
      link=${link%%\' -> *}
      file=$static/${link#/etc/}
      if [ ! -e "$file" ] && [ ! -L "$file" ]; then
        warn "removing obsolete symlink ‘$link’..."
        rm -f "$link"
      fi
      ;;
  esac
done <<EOF
$links
EOF

# One bad line in sudoers.d locks everybody out; NixOS checks it when it builds.
is_sound() { # path below /etc
  case $1 in
    sudoers.d/*) ! command -v visudo >/dev/null || visudo --check --quiet --file="$static/$1" ;;
  esac
}

keep_names() { # lines
  printf '%s' "$1" >/etc/.clean.tmp
  sync /etc/.clean.tmp
  mv -f /etc/.clean.tmp /etc/.clean
}

place_copy() { # path below /etc, mode
  is_sound "$1" || return 1
  read -r owner <"$static/$1.uid"
  read -r group <"$static/$1.gid"
  if cmp -s "$static/$1" "/etc/$1" && [ "$(stat -c %a "/etc/$1")" = "${2#0}" ]; then return; fi
  # After a power cut it is known to be ours, and whole.
  is_copied "$1" || keep_names "$copied_before$nl$copied$1$nl"
  cp -f "$static/$1" "/etc/$1.tmp"
  chown "${owner#+}:${group#+}" "/etc/$1.tmp"
  chmod "$2" "/etc/$1.tmp"
  sync "/etc/$1.tmp"
  mv -fT "/etc/$1.tmp" "/etc/$1"
}

copied=
for name in $(cd "$tree" && find . ! -type d | sort); do
  name=${name#./}
  case $name in
    *.mode | *.uid | *.gid) [ ! -e "$static/${name%.*}" ] || continue ;;
  esac
  case $links in *"$nl'/etc/$name' -> '$static/$name'$nl"*) continue ;; esac
  if ! is_ours "$name"; then
    warn "keeping the host's own /etc/$name"
    continue
  fi
  case $name in
    */*) [ -d "/etc/${name%/*}" ] || mkdir -p "/etc/${name%/*}" ;;
  esac
  mode=symlink
  [ ! -e "$static/$name.mode" ] || read -r mode <"$static/$name.mode"
  case $mode in
    symlink)
      place_link "$static/$name" "/etc/$name" || failed=1
      continue
      ;;
    direct-symlink) place_link "$(readlink "$static/$name")" "/etc/$name" || failed=1 ;;
    *) place_copy "$name" "$mode" || failed=1 ;;
  esac
  copied=$copied$name$nl
done

# Copies of the last configuration that this one has not.
for name in $copied_before; do
  if [ ! -e "$static/$name" ] && [ ! -L "$static/$name" ]; then
    warn "removing obsolete file ‘/etc/$name’..."
    rm -f "/etc/$name"
  fi
done
if [ "$copied" != "$copied_before$nl" ]; then
  keep_names "$copied"
fi
[ -e /etc/NIXOS ] || : >/etc/NIXOS
exit "$failed"
