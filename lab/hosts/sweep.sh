#!/bin/sh
# Ends what a command has left behind: sweep.sh CGROUP. Its input is a pipe that closes when the command's
# caller ends, however that comes.
set -eu
read -r _ || :
tries=200
while [ -d "$1" ] && [ $tries -gt 0 ]; do
  rmdir "$1" 2>/dev/null && break
  if [ -e "$1/cgroup.kill" ]; then
    echo 1 >"$1/cgroup.kill" || :
  else
    xargs -r kill -KILL <"$1/cgroup.procs" 2>/dev/null || :
  fi
  tries=$((tries - 1))
  sleep 0.05
done
