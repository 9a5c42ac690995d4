# shellcheck shell=sh
# Stands in for: pkgs/by-name/sw/switch-to-configuration-ng/src/src/main.rs of nixpkgs. Same order of steps, lock,
# messages, list files in /run/nixos, exit codes:
#   1 usage, not root, failed pre-switch check or boot loader; 2 failed activation (also ENOENT: not NixOS);
#   4 a unit failed; 11 (EAGAIN) the lock is held; 100 another init interface.
# Not modelled: systemd over D-Bus (systemctl instead), a new systemd, user units, nspawn, fstab, swap, sockets,
# drop-ins. Units of the Debian host are never stopped: only those below /etc/static are compared.
set -u

action=${1-}
case $action in
  check | switch | boot | test | dry-activate) ;;
  *)
    cat >&2 << EOF
Usage: ${0##*/} [check|switch|boot|test|dry-activate]
check:        run pre-switch checks and exit
switch:       make the configuration the boot default and activate now
boot:         make the configuration the boot default
test:         activate the configuration, but don't make it the boot default
dry-activate: show what would be done if this configuration were activated
EOF
    exit 1
    ;;
esac
if [ "$(id -u)" != 0 ]; then
  echo "Error: switch-to-configuration must be run as the root user" >&2
  exit 1
fi
export NIXOS_ACTION="$action"

# A lab host is told by /run/systemd/container, so that nobody's Debian is switched by mistake.
is_nixos() {
  [ -f /etc/NIXOS ] || grep -qsE "^ID=\"?$DISTRO_ID\"?\$" /etc/os-release ||
    [ "$(cat /run/systemd/container 2> /dev/null)" = lab ]
}
if ! is_nixos; then
  echo "This is not a NixOS installation!" >&2
  exit 2
fi

run=/run/nixos
mkdir -p "$run"
chmod 755 "$run"
exec 9>> "$run/switch-to-configuration.lock"
if ! flock --exclusive --nonblock 9; then
  echo "Could not acquire lock" >&2
  exit 11
fi

if [ "${NIXOS_NO_CHECK-}" != 1 ]; then
  if ! "$PRE_SWITCH_CHECK" "$TOPLEVEL" "$action"; then
    echo "Pre-switch checks failed" >&2
    exit 1
  fi
fi
[ "$action" != check ] || exit 0

case $action in
  switch | boot)
    if ! "$INSTALL_BOOTLOADER" "$TOPLEVEL"; then
      echo "Failed to install bootloader" >&2
      exit 1
    fi
    ;;
esac
[ "${NIXOS_NO_SYNC-}" = 1 ] || sync -f /nix/store 2> /dev/null || sync
[ "$action" != boot ] || exit 0

if [ -e /run/current-system/init-interface-version ] &&
  ! cmp -s /run/current-system/init-interface-version "$TOPLEVEL/init-interface-version"; then
  cat >&2 << EOF
Warning: the new NixOS configuration has an ‘init’ that is
incompatible with the current configuration.  The new configuration
won't take effect until you reboot the system.
EOF
  exit 100
fi

# Not to be killed with the terminal whose unit is restarted.
trap '' HUP PIPE

old_units=$(readlink -f /etc/static/systemd/system || true)
new_units=$TOPLEVEL/etc/systemd/system

stop='' skip='' quiet=''
start=$(cat "$run/start-list" 2> /dev/null)
restart=$(cat "$run/restart-list" 2> /dev/null)
reload=$(cat "$run/reload-list" 2> /dev/null)

has() { # list, unit
  case "
$1
" in *"
$2
"*) return 0 ;; esac
  return 1
}
# The lists are kept in files, so that an interrupted switch is finished by the next one.
record() { # list's name, unit
  eval "has \"\$$1\" \"\$2\"" || eval "$1=\"\${$1:+\$$1
}\$2\""
  case $action-$1 in
    dry-activate-*) ;;
    *-start | *-restart | *-reload) echo "$2" >> "$run/$1-list" ;;
  esac
}
remove() { # list's name, unit
  eval "$1=\$(printf '%s\n' \"\$$1\" | grep -vxF -e \"\$2\")"
  [ "$action" = dry-activate ] || eval "printf '%s\n' \"\$$1\" > \"$run/$1-list\""
}
comma() {
  printf '%s\n' "$1" | sort -f | grep . | paste -s -d, | sed 's/,/, /g'
}
say() { # text, list
  [ -z "$2" ] || echo "$1: $(comma "$2")" >&2
}

# The last value of a boolean in a unit file.
is_set() { # file, key, default
  value=$3
  while read -r line; do
    case $line in "$2="*) value=${line#*=} ;; esac
  done <"$1"
  case $value in 1 | yes | true | on) return 0 ;; esac
  return 1
}

# /etc/systemd/system/NAME of an active unit: its own file, or that of its template.
unit_file() { # directory, unit; the answer is in $file
  file=$1/$2
  if [ -e "$file" ] || [ -L "$file" ]; then return; fi
  case $2 in
    *@*.*) file=$1/${2%%@*}@.${2##*.} ;;
  esac
  [ -e "$file" ] || file=
}

# What to do with a unit that changed. $3 is set when the activation asked for its restart.
handle_modified() { # unit, new file, by activation
  case $1 in
    sysinit.target | basic.target | multi-user.target | graphical.target | *.path | *.slice | *.socket) return ;;
    *.mount)
      record restart "$1"
      return
      ;;
  esac
  if is_set "$2" X-ReloadIfChanged false && ! has "$restart" "$1" && ! has "$stop" "$1"; then
    record reload "$1"
  elif ! is_set "$2" X-RestartIfChanged true || is_set "$2" RefuseManualStop false ||
    is_set "$2" X-OnlyManualStart false; then
    record skip "$1"
  else
    if ! is_set "$2" X-StopIfChanged true || [ "${1%.service}" = "$1" ] || [ -n "${3-}" ]; then
      record restart "$1"
    else
      record start "$1"
      record stop "$1"
    fi
    ! has "$reload" "$1" || remove reload "$1"
  fi
}

list_units() {
  systemctl list-units --all --full --plain --no-legend --no-pager | awk '$3 != "inactive" { print $1, $3, $4 }'
}
states=$(list_units)
active=$(printf '%s\n' "$states" | cut -d' ' -f1)

while read -r unit state _; do
  case $state in active | activating) ;; *) continue ;; esac
  [ -n "$old_units" ] || break
  unit_file "$old_units" "$unit"
  old_file=$file
  [ -n "$old_file" ] || continue
  unit_file "$new_units" "$unit"
  new_file=$file
  if [ -z "$new_file" ] || [ "$(readlink -f "$new_file")" = /dev/null ]; then
    ! is_set "$old_file" X-StopOnRemoval true || record stop "$unit"
    continue
  fi
  case $unit in
    *.target)
      if ! is_set "$new_file" RefuseManualStart false && ! is_set "$new_file" X-OnlyManualStart false; then
        record start "$unit"
        record quiet "$unit"
      fi
      ! is_set "$new_file" X-StopOnReconfiguration false || record stop "$unit"
      ;;
    *)
      cmp -s "$old_file" "$new_file" && continue
      case $(awk -f "$COMPARE_UNITS" "$old_file" "$new_file") in
        restart) handle_modified "$unit" "$new_file" ;;
        reload) has "$restart" "$unit" || record reload "$unit" ;;
      esac
      ;;
  esac
done << EOF
$states
EOF

# Debian's own active targets pull in what the new configuration wants.
for wants in "$new_units"/*.target.wants "$new_units"/*.target.requires; do
  target=${wants##*/}
  target=${target%.*}
  if [ -e "$wants" ] && has "$active" "$target"; then
    record start "$target"
    record quiet "$target"
  fi
done

shown() { # list without the targets that are always started
  for unit in $1; do
    has "$quiet" "$unit" || echo "$unit"
  done
}

# Units that the activation script wants restarted or reloaded.
take_requests() { # prefix of the list files
  while read -r unit; do
    [ -n "$unit" ] || continue
    unit_file "$new_units" "$unit"
    if ! has "$active" "$unit"; then
      record start "$unit"
    elif [ -n "$file" ]; then
      handle_modified "$unit" "$file" activation
    else
      record restart "$unit"
    fi
  done << EOF
$(cat "$run/$1-restart-list" 2> /dev/null)
EOF
  while read -r unit; do
    [ -n "$unit" ] || continue
    if has "$active" "$unit" && ! has "$restart" "$unit" && ! has "$stop" "$unit"; then
      record reload "$unit"
    fi
  done << EOF
$(cat "$run/$1-reload-list" 2> /dev/null)
EOF
  rm -f "$run/$1-restart-list" "$run/$1-reload-list"
}

if [ "$action" = dry-activate ]; then
  say "would stop the following units" "$(shown "$stop")"
  say "would NOT stop the following changed units" "$skip"
  echo "would activate the configuration..." >&2
  "$OUT/dry-activate" "$OUT"
  take_requests dry-activation
  say "would reload the following units" "$reload"
  say "would restart the following units" "$restart"
  say "would start the following units" "$(shown "$start")"
  exit 0
fi

logger -t nixos "switching to system configuration $TOPLEVEL" 2> /dev/null
exit_code=0

# One job for all units, so that systemd keeps their order; then name those that did not get there.
jobs() { # verb, units
  # shellcheck disable=SC2086 # unit names have no spaces
  systemctl "$1" $2 && return
  for unit in $2; do
    if ! systemctl --quiet is-active "$unit"; then
      echo "Failed to $1 $unit" >&2
    fi
  done
  exit_code=4
}

if [ -n "$stop" ]; then
  say "stopping the following units" "$(shown "$stop")"
  # shellcheck disable=SC2086
  systemctl stop $stop
fi
say "NOT restarting the following changed units" "$skip"

echo "activating the configuration..." >&2
if ! "$OUT/activate" "$OUT" >&2; then
  echo "Failed to run activate script" >&2
  exit_code=2
fi
take_requests activation

systemctl reset-failed
systemctl daemon-reload

echo "restarting sysinit-reactivation.target" >&2
jobs restart sysinit-reactivation.target

for unit in $reload; do
  systemctl --quiet is-active "$unit" && continue
  unit_file "$new_units" "$unit"
  if [ -n "$file" ] && ! is_set "$file" RefuseManualStart false; then
    record start "$unit"
  fi
  remove reload "$unit"
done
if [ -n "$reload" ]; then
  say "reloading the following units" "$reload"
  jobs reload "$reload"
fi
rm -f "$run/reload-list"

if [ -n "$restart" ]; then
  say "restarting the following units" "$restart"
  jobs restart "$restart"
fi
rm -f "$run/restart-list"

if [ -n "$start" ]; then
  say "starting the following units" "$(shown "$start")"
  jobs start "$start"
fi
rm -f "$run/start-list"

# What fails at once shows now. The real program waits until the bus has been quiet for as long.
sleep 0.25
failed='' new=''
while read -r unit state substate; do
  if [ "$state" = failed ]; then
    record failed "$unit"
  elif [ "$substate" = auto-restart ] && [ "${unit%.service}" != "$unit" ] &&
    [ "$(systemctl show --property=ExecMainStatus --value "$unit")" != 0 ]; then
    record failed "$unit"
  elif ! has "$active" "$unit" && [ "${unit%.scope}" = "$unit" ]; then
    record new "$unit"
  fi
done << EOF
$(list_units)
EOF
say "the following new units were started" "$new"
if [ -n "$failed" ]; then
  say "warning: the following units failed" "$failed"
  # shellcheck disable=SC2086
  systemctl status --no-pager --full $failed >&2
  exit_code=4
fi

if [ "$exit_code" = 0 ]; then
  logger -t nixos "finished switching to system configuration $TOPLEVEL" 2> /dev/null
else
  logger -t nixos "switching to system configuration $TOPLEVEL failed (status $exit_code)" 2> /dev/null
fi
exit "$exit_code"
