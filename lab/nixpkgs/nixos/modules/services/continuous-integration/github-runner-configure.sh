# shellcheck shell=sh
# Before the lab's runner starts: github-runner-configure.sh TOKEN-FILE CONFIG VERSION. Wipes its state when configuration
# or token differ from the last start, and always when it is ephemeral, as the real unit does, and registers with the
# lab's GitHub when it has no credentials. CONFIG is lines KEY=VALUE. The token is in files and bodies, never in argv.
set -eu
token=$1
config=$2
version=$3
state=$STATE_DIRECTORY
scratch=$RUNTIME_DIRECTORY

setting() { sed -n "s/^$1=//p" "$config"; }
server=$(setting url | sed 's|^\(https*://[^/]*\).*|\1|')

encoded() { od -An -v -tx1 | tr -d '\n' | sed 's/ *\([0-9a-f][0-9a-f]\)/%\1/g'; }

if [ "$(setting ephemeral)" = 1 ] || ! cmp -s "$config" "$state/.nixos-current-config.json" || ! cmp -s "$token" "$state/.current-token"; then
  find "$state" -mindepth 1 -maxdepth 1 -exec rm -rf {} +
  cp "$config" "$state/.nixos-current-config.json"
  (umask 077 && cat "$token" >"$state/.current-token")
fi

[ ! -s "$state/.credentials" ] || exit 0
(umask 077 && : >"$scratch/form")
{
  printf 'token=%s' "$(tr -d '\n' <"$token" | encoded)"
  for key in url name labels group replace ephemeral; do printf '&%s=%s' "$key" "$(setting $key | tr -d '\n' | encoded)"; done
  printf '&version=%s' "$version"
} >"$scratch/form"
wget -q -T 20 -O "$scratch/answer" --post-file "$scratch/form" "$server/_runner/register" || {
  # A real unit whose configuration failed starts from nothing the next time.
  rm -f "$state/.current-token"
  echo "the registration was refused" >&2
  exit 1
}
printf '{ "agentId": %s, "agentName": "%s", "ephemeral": %s, "gitHubUrl": "%s" }\n' "$(sed -n 's/^id=//p' "$scratch/answer")" \
  "$(setting name)" "$([ "$(setting ephemeral)" = 1 ] && echo true || echo false)" "$(setting url)" >"$state/.runner"
(umask 077 && sed -n 's/^secret=//p' "$scratch/answer" >"$state/.credentials")
rm -f "$scratch/answer" "$scratch/form"
