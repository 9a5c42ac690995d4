# shellcheck shell=sh
# The lab's runner: github-runner.sh TOKEN-FILE CONFIG PACKAGE. Wipes its state when configuration or token differ from
# the last start, as the real unit does, registers with the lab's GitHub when it has no credentials, then takes jobs.
# CONFIG is lines KEY=VALUE. It speaks lab/github/runner-protocol.ts; tokens are in files and bodies, never in argv.
set -eu
token=$1
config=$2
version=${3##*-}
state=$STATE_DIRECTORY
work=$RUNTIME_DIRECTORY

setting() { sed -n "s/^$1=//p" "$config"; }
server=$(setting url | sed 's|^\(https*://[^/]*\).*|\1|')

# say VERB: posts the form on stdin, gives the answer; fails as the server does.
say() {
  cat >"$work/form"
  wget -q -T "${patience:-20}" -O - --post-file "$work/form" "$server/_runner/$1"
}

encoded() { od -An -v -tx1 | tr -d '\n' | sed 's/ *\([0-9a-f][0-9a-f]\)/%\1/g'; }

credentials() { printf 'id=%s&secret=%s&version=%s' "$(sed -n 's/.*"agentId": \([0-9]*\).*/\1/p' "$state/.runner")" "$(cat "$state/.credentials")" "$version"; }

# shellcheck disable=SC2317 # reached by the trap
# The unit's stop is SIGINT to all of its processes: at once, whatever runs.
leave() {
  trap '' INT TERM
  patience=2
  [ ! -s "$state/.credentials" ] || credentials | say stop >/dev/null 2>&1 || :
  exit 0
}
trap leave INT TERM

if ! cmp -s "$config" "$state/.nixos-current-config.json" || ! cmp -s "$token" "$state/.current-token"; then
  find "$state" -mindepth 1 -maxdepth 1 -exec rm -rf {} +
  cp "$config" "$state/.nixos-current-config.json"
  (umask 077 && cat "$token" >"$state/.current-token")
fi

if [ ! -s "$state/.credentials" ]; then
  (umask 077 && : >"$work/form")
  {
    printf 'token=%s' "$(tr -d '\n' <"$token" | encoded)"
    for key in url name labels group replace ephemeral; do printf '&%s=%s' "$key" "$(setting $key | tr -d '\n' | encoded)"; done
    printf '&version=%s' "$version"
  } | say register >"$work/answer" || {
    # A real unit whose configuration failed starts from nothing the next time.
    rm -f "$state/.current-token"
    echo "the registration was refused" >&2
    exit 1
  }
  printf '{ "agentId": %s, "agentName": "%s", "gitHubUrl": "%s" }\n' \
    "$(sed -n 's/^id=//p' "$work/answer")" "$(setting name)" "$(setting url)" >"$state/.runner"
  (umask 077 && sed -n 's/^secret=//p' "$work/answer" >"$state/.credentials")
  rm -f "$work/answer" "$work/form"
fi

echo "Listening for Jobs"
while credentials | say poll >"$work/job"; do
  [ -s "$work/job" ] || continue
  job=$(sed -n 1p "$work/job")
  echo "Running job: $job"
  code=0
  # The name of the real program that runs a job: what looks for a job under way finds it.
  { sed -n 1p "$0"; sed 1d "$work/job"; } >"$work/Runner.Worker"
  chmod 700 "$work/Runner.Worker"
  "$work/Runner.Worker" >"$work/output" 2>&1 || code=$?
  { credentials; printf '&job=%s&exit=%s&output=%s' "$job" "$code" "$(encoded <"$work/output")"; } | say result >/dev/null || break
  rm -f "$work/Runner.Worker" "$work/output"
  echo "Job $job completed with result: $code"
  [ "$(setting ephemeral)" != 1 ] || exit 0
done
echo "The connection to the server ended, or the registration was deleted" >&2
exit 1
