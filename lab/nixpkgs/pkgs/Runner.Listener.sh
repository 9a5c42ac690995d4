# shellcheck shell=sh
# The lab's Runner.Listener: `run` takes jobs with the credentials in RUNNER_ROOT. A just-in-time config puts them there
# first, else the unit has configured them (github-runner-configure.sh). After the one job of an ephemeral registration it
# removes them and ends with 0, as actions/runner's Runner.cs does.
# It speaks lab/github/runner-protocol.ts; secrets are in files and bodies, never in argv. Its version is in its own path.
set -eu
version=${0%/bin/*}
version=${version##*-}
scratch=$RUNTIME_DIRECTORY
jit=${ACTIONS_RUNNER_INPUT_JITCONFIG:-}
unset ACTIONS_RUNNER_INPUT_JITCONFIG

# What .runner says: {"agentId": 3} after a configuration, {"AgentId":"3"} after a just-in-time config.
setting() { sed -nE "s/.*\"$1\": *\"?([^\",}]*).*/\1/p" "$RUNNER_ROOT/.runner"; }

# say VERB: posts the form on stdin, gives the answer; fails as the server does.
say() {
  cat >"$scratch/form"
  wget -q -T "${patience:-20}" -O - --post-file "$scratch/form" "$server/_runner/$1"
}

encoded() { od -An -v -tx1 | tr -d '\n' | sed 's/ *\([0-9a-f][0-9a-f]\)/%\1/g'; }

credentials() { printf 'id=%s&secret=%s&version=%s' "$(setting '[aA]gentId')" "$(cat "$RUNNER_ROOT/.credentials")" "$version"; }

# shellcheck disable=SC2317 # reached by the trap
# The unit's stop is SIGINT to all of its processes: at once, whatever runs.
leave() {
  trap '' INT TERM
  patience=2
  [ ! -s "$RUNNER_ROOT/.credentials" ] || credentials | say stop >/dev/null 2>&1 || :
  exit 0
}
trap leave INT TERM

if [ -n "$jit" ]; then
  printf %s "$jit" | base64 -d >"$scratch/jit"
  for file in .runner .credentials .credentials_rsaparams; do
    content=$(sed -n "s/.*\"$file\":\"\([^\"]*\)\".*/\1/p" "$scratch/jit")
    (umask 077 && printf %s "$content" | base64 -d >"$RUNNER_ROOT/$file")
  done
  rm "$scratch/jit"
fi
[ -s "$RUNNER_ROOT/.runner" ] || {
  echo "Runner is not configured." >&2
  exit 1
}
# Relative to the root, by words alone, as .NET's GetFullPath.
work=$(cd -L "$RUNNER_ROOT/$(setting WorkFolder)" && [ -w . ] && pwd) || {
  echo "Fail to create and validate runner's work directory" >&2
  exit 1
}
[ -n "$jit" ] || work=$scratch
server=$(sed -nE 's|.*"(gitHubUrl\|ServerUrlV2)": *"(https?://[^/"]*).*|\2|p' "$RUNNER_ROOT/.runner")

echo "Listening for Jobs"
while credentials | say poll >"$scratch/job"; do
  [ -s "$scratch/job" ] || continue
  job=$(sed -n 1p "$scratch/job")
  echo "Running job: $job"
  code=0
  # The name of the real program that runs a job: what looks for a job under way finds it.
  { sed -n 1p "$0"; sed 1d "$scratch/job"; } >"$work/Runner.Worker"
  chmod 700 "$work/Runner.Worker"
  "$work/Runner.Worker" >"$scratch/output" 2>&1 || code=$?
  { credentials; printf '&job=%s&exit=%s&output=%s' "$job" "$code" "$(encoded <"$scratch/output")"; } | say result >/dev/null || break
  rm -f "$work/Runner.Worker" "$scratch/output"
  echo "Job $job completed with result: $code"
  case $(setting '[eE]phemeral') in
  [tT]rue)
    rm -f "$RUNNER_ROOT/.runner" "$RUNNER_ROOT/.credentials" "$RUNNER_ROOT/.credentials_rsaparams"
    exit 0
    ;;
  esac
done
echo "The connection to the server ended, or the registration was deleted" >&2
exit 1
