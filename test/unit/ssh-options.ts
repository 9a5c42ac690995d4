// The options that every ssh of ours is given, as ssh_config(5) has them: spelled out here once, so that each change shows.

const each = (options: readonly string[]) => options.flatMap((option) => ["-o", option]);

/** For all connections, whatever a person's own config says. */
export function always(connectSeconds: number): string[] {
  return each([
    ...["IgnoreUnknown=*", "BatchMode=yes", "StrictHostKeyChecking=yes", "UpdateHostKeys=no"],
    ...["ConnectionAttempts=1", "ServerAliveInterval=5", "ServerAliveCountMax=3", "ChannelTimeout=none"],
    ...["RequestTTY=no", "RemoteCommand=none", "SessionType=default", "StdinNull=no"],
    ...["ForkAfterAuthentication=no", "SetEnv=LC_ALL=C", "ClearAllForwardings=yes", "ForwardAgent=no"],
    ...["ForwardX11=no", "Tunnel=no", "GSSAPIDelegateCredentials=no", "AddKeysToAgent=no"],
    ...["ControlMaster=no", "ControlPersist=no", "LogLevel=INFO", "LogVerbose=none", "VisualHostKey=no"],
    ...["FingerprintHash=sha256", "WarnWeakCrypto=no", `ConnectTimeout=${connectSeconds}`],
  ]);
}

/** For a host with a pinned ed25519 key. @param files of known hosts */
export function pin(name: string, ...files: string[]): string[] {
  return each([
    ...files.map((file) => `UserKnownHostsFile=${file}`),
    ...["GlobalKnownHostsFile=/dev/null", "KnownHostsCommand=none", `HostKeyAlias=${name}`],
    ...["HostKeyAlgorithms=ssh-ed25519", "CheckHostIP=no", "VerifyHostKeyDNS=no"],
    ...["NoHostAuthenticationForLocalhost=no", "GSSAPIKeyExchange=no"],
  ]);
}

/** For a login by the one key of an agent. */
export function byAgent(socket: string): string[] {
  return each([
    ...[`IdentityAgent=${socket}`, "IdentitiesOnly=no"],
    ...["PubkeyAuthentication=yes", "PreferredAuthentications=publickey"],
  ]);
}

/** For our own ssh, and not for Nix's. */
export const ours = each(["PermitLocalCommand=no"]);

export const fresh = each(["ControlPath=none"]);
