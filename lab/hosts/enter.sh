#!/bin/sh
# Starts a command on the laptop: enter.sh CGROUP DIRECTORY COMMAND…
set -eu
echo 0 >"$1/cgroup.procs"
cd "$2"
shift 2
exec "$@"
