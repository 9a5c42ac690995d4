# shellcheck shell=sh
# Stands in for: extlinux-conf-builder.sh of nixpkgs: the same options, entries and files, in sh.
# extlinux-conf-builder -t TIMEOUT -c DEFAULT [-d BOOT] [-g GENERATIONS] [-n DTB] [-r]
# Not modelled: entries of specialisations, of which the lab has none.
set -eu

timeout='' menu=1 default='' target=/boot generations=0 dtb='' no_device_tree=''
while getopts t:c:d:g:n:r option; do
  case $option in
    t)
      # U-Boot waits for ever with 0, so no menu at all is what an option of 0 means.
      if [ "$OPTARG" -lt 0 ]; then
        timeout=0
      elif [ "$OPTARG" = 0 ]; then
        timeout=1 menu=0
      else
        timeout=$((OPTARG * 10))
      fi
      ;;
    c) default=$OPTARG ;;
    d) target=$OPTARG ;;
    g) generations=$OPTARG ;;
    n) dtb=$OPTARG ;;
    r) no_device_tree=1 ;;
    *) exit 1 ;;
  esac
done
[ -n "$timeout" ] && [ -n "$default" ]
mkdir -p "$target/nixos" "$target/extlinux"

kept=' '
copy() { # file of the store; its name in nixos/ is in $copied
  source=$(readlink -f "$1")
  copied=$(printf '%s\n' "${source#/nix/store/}" | sed 's|/|-|g')
  if [ ! -e "$target/nixos/$copied" ]; then
    cp -r "$source" "$target/nixos/$copied.tmp.$$"
    mv "$target/nixos/$copied.tmp.$$" "$target/nixos/$copied"
  fi
  kept="$kept$copied "
}

entry() { # system, tag
  path=$(readlink -f "$1")
  [ -e "$path/kernel" ] && [ -e "$path/initrd" ] || return 0
  copy "$path/kernel"
  kernel=$copied
  copy "$path/initrd"
  initrd=$copied
  dtbs=''
  if [ -e "$path/dtbs" ]; then
    copy "$path/dtbs"
    dtbs=$copied
  fi
  echo
  echo "LABEL nixos-$2"
  if [ "$2" = default ]; then
    echo "  MENU LABEL NixOS - Default"
  else
    when=$(date -d "@$(stat -L -c %Z "$path")" "+%Y-%m-%d %H:%M")
    echo "  MENU LABEL NixOS - Configuration $2 ($when - $(cat "$path/nixos-version"))"
  fi
  echo "  LINUX ../nixos/$kernel"
  echo "  INITRD ../nixos/$initrd"
  echo "  APPEND init=$path/init $(cat "$path/kernel-params")"
  if [ -z "$no_device_tree" ] && [ -n "$dtbs" ]; then
    if [ -n "$dtb" ]; then
      echo "  FDT ../nixos/$dtbs/$dtb"
    else
      echo "  FDTDIR ../nixos/$dtbs"
    fi
  fi
}

conf=$target/extlinux/extlinux.conf
{
  cat << EOF
# Generated file, all changes will be lost on nixos-rebuild!

# Change this to e.g. nixos-42 to temporarily boot to an older configuration.
DEFAULT nixos-default

TIMEOUT $timeout
EOF
  [ "$menu" = 0 ] || echo "MENU TITLE ------------------------------------------------------------"
} > "$conf.tmp.$$"
entry "$default" default >> "$conf.tmp.$$"
if [ "$generations" -gt 0 ] && [ -d /nix/var/nix/profiles ]; then
  for number in $(find /nix/var/nix/profiles -maxdepth 1 -name 'system-*-link' |
    sed 's/.*system-\([0-9]*\)-link/\1/' | sort -n -r | head -n "$generations"); do
    entry "/nix/var/nix/profiles/system-$number-link" "$number-default" >> "$conf.tmp.$$"
  done
fi
mv -f "$conf.tmp.$$" "$conf"

for file in "$target"/nixos/*; do
  [ -e "$file" ] || continue
  case $kept in *" ${file##*/} "*) continue ;; esac
  echo "Removing no longer needed boot file: $file"
  chmod -R u+w "$file"
  rm -rf "$file"
done
