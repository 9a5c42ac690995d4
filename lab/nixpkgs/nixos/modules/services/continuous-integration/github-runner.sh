# shellcheck shell=sh
# The runner's place-holder: github-runner.sh TOKEN-FILE CONFIG PACKAGE. Wipes its state when configuration or token
# differ from the last start, as the real unit does, then "registers" and waits for its stop.
set -eu
token=$1
config=$2
state=$STATE_DIRECTORY

if ! cmp -s "$config" "$state/.nixos-current-config.json" || ! cmp -s "$token" "$state/.current-token"; then
  find "$state" -mindepth 1 -maxdepth 1 -exec rm -rf {} +
  cp "$config" "$state/.nixos-current-config.json"
  (umask 077 && cat "$token" > "$state/.current-token")
  echo "registered" > "$state/.runner"
fi
echo "Listening for Jobs"
# Waits without a child, which would outlive the SIGINT that stops the unit.
jobs=$RUNTIME_DIRECTORY/jobs
mkfifo "$jobs"
exec 3<>"$jobs"
trap 'exit 0' INT TERM
while :; do
  read -r _ <&3 || :
done
