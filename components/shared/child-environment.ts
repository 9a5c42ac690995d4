/**
 * The environment of a process that this one starts: this process's own, in English, without what the engine puts there.
 * PULUMI_CONFIG has all of the stack's secrets in clear, and others of those variables have the access token and the
 * passphrase. ssh may send variables on (SendEnv in ssh_config(5)), and whoever runs as the same user can read them in
 * /proc. The rest stays, since a ProxyCommand, a cache in S3 or a git helper may need anything of it.
 */
export function childEnvironment(added: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !entry[0].startsWith("PULUMI_"),
  );
  return { ...Object.fromEntries(kept), LC_ALL: "C", ...added };
}

/** The same for the engine itself, which needs the variables of its own. */
export function engineEnvironment(added: Readonly<Record<string, string>> = {}): Record<string, string> {
  const own = Object.entries(process.env).filter(([name]) => name.startsWith("PULUMI_"));
  return { ...(Object.fromEntries(own) as Record<string, string>), ...childEnvironment(added) };
}
