import { keyType } from "./public-key.js";
import type { Target } from "./target.js";

// Which options of ssh_config(5) we set, for each ssh that connects for us: our own, that of Nix, and that of a build host's
// Nix. The config of the person, and of the machine, is read after them, and the first value counts.
//
// Theirs are:
// - the host and the way to it: HostName, Port and User where config has none, ProxyJump, ProxyCommand, ProxyUseFdpass,
//   AddressFamily, BindAddress, BindInterface, Canonical…, Host, Match, Tag, Include, RefuseConnection, TCPKeepAlive,
//   IPQoS, Compression, RekeyLimit;
// - who logs in, without a deploy key or when it is refused: IdentityFile, IdentityAgent, IdentitiesOnly,
//   CertificateFile, PKCS11Provider, SecurityKeyProvider, UseKeychain, PreferredAuthentications, Pubkey…, GSSAPI…,
//   Hostbased…, EnableSSHKeysign;
// - the machine's policy: Ciphers, MACs, KexAlgorithms, CASignatureAlgorithms, RequiredRSASize, RevokedHostKeys;
// - of a host whose key config does not have: UserKnownHostsFile, HostKeyAlias and the others of `pinnedOptions`;
// - SendEnv, which can only be added to. `childEnvironment` sees to it that no secret can be sent.
//
// Of no consequence are those about terminals (EscapeChar, ObscureKeystrokeTiming), passwords (BatchMode forbids them),
// forwards that are cleared (GatewayPorts, StreamLocal…, PermitRemoteOpen, XAuthLocation, TunnelDevice,
// ExitOnForwardFailure, LocalForward and its like), and HashKnownHosts, SyslogFacility and VersionAddendum.

/** For every connection. What one of them sets differently comes before these. */
const always = [
  // A config may have what this ssh does not know, such as Apple's UseKeychain, and an older ssh does not know all of this
  // list. It holds for what comes after it.
  "IgnoreUnknown=*",
  // Nobody is there to be asked.
  "BatchMode=yes",
  "StrictHostKeyChecking=yes",
  "UpdateHostKeys=no",
  // A connection that is lost shows as such.
  "ConnectionAttempts=1",
  "ServerAliveInterval=5",
  "ServerAliveCountMax=3",
  "ChannelTimeout=none",
  // What runs is our command, by pipes.
  "RequestTTY=no",
  "RemoteCommand=none",
  "SessionType=default",
  "StdinNull=no",
  "ForkAfterAuthentication=no",
  // English on the far side too, where its sshd takes LC_*.
  "SetEnv=LC_ALL=C",
  // Nothing else goes through the connection, and no process is left that holds one.
  "ClearAllForwardings=yes",
  "ForwardAgent=no",
  "ForwardX11=no",
  "Tunnel=no",
  "GSSAPIDelegateCredentials=no",
  "AddKeysToAgent=no",
  "ControlMaster=no",
  "ControlPersist=no",
  // What ssh says is read: its own words, and nothing else.
  "LogLevel=INFO",
  "LogVerbose=none",
  "VisualHostKey=no",
  "FingerprintHash=sha256",
  "WarnWeakCrypto=no",
];

/**
 * For our own ssh only: Nix learns by a LocalCommand that the connection is there (libstore/ssh.cc), and our options come
 * before its own.
 */
export const notForNix = sshOptions(["PermitLocalCommand=no"]);

/** What is set for every connection, ours or that of a Nix. */
export function commonOptions(connectSeconds: number): string[] {
  return sshOptions([...always, `ConnectTimeout=${connectSeconds}`]);
}

/** Only the pinned key is taken from the host. Nothing else of the person's or the machine's can vouch for another. */
export function pinnedOptions({ name, hostKey = "" }: Target, knownHosts: readonly string[]): string[] {
  return sshOptions([
    ...knownHosts.map((file) => `UserKnownHostsFile=${file}`),
    "GlobalKnownHostsFile=/dev/null",
    "KnownHostsCommand=none",
    `HostKeyAlias=${name}`,
    `HostKeyAlgorithms=${signatureAlgorithms(keyType(hostKey))}`,
    "CheckHostIP=no",
    "VerifyHostKeyDNS=no",
    "NoHostAuthenticationForLocalhost=no",
    "GSSAPIKeyExchange=no",
  ]);
}

/** The key of an agent is offered before any other, whatever the person's config says of keys. */
export function agentOptions(agent: string): string[] {
  return sshOptions([
    `IdentityAgent=${agent}`,
    "IdentitiesOnly=no",
    "PubkeyAuthentication=yes",
    "PreferredAuthentications=publickey",
  ]);
}

/**
 * For a build host's Nix that logs in to `target` through the forwarded agent. push.sh adds the file of known hosts, which is
 * made there.
 */
export function onwardOptions(target: Target, connectSeconds: number): string[] {
  return [
    ...commonOptions(connectSeconds),
    ...(target.hostKey ? pinnedOptions(target, []) : []),
    ...agentOptions("SSH_AUTH_SOCK"),
    ...sshOptions(["ControlPath=none", ...(target.port ? [`Port=${target.port}`] : [])]),
  ];
}

/** Options of ssh_config(5) as arguments of ssh: `-o KEY=VALUE` for each. */
export function sshOptions(options: readonly string[]): string[] {
  return options.flatMap((option) => ["-o", option]);
}

/** By which algorithms a host proves that it has a key: an RSA key has two (RFC 8332), any other is named as its type. */
export function signatureAlgorithms(type: string): string {
  return type === "ssh-rsa" ? "rsa-sha2-512,rsa-sha2-256" : type;
}
