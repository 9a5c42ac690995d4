import { deepEqual, match } from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { isOnPath } from "../../../components/shared/is-on-path.js";
import { onwardOptions } from "../../../components/ssh/ssh-options.js";
import { SshSession } from "../../../components/ssh/session.js";
import { skip } from "../../skip.js";
import { newSshKeys } from "../../ssh-keys.js";

// What the real ssh makes of a person's config and our options: ssh(1), -G.
const config = `
Host pi4
  HostName 192.168.1.122
  Port 8023
  User beau
  ProxyJump nas
  IdentityFile ~/.ssh/pi
  UseKeychain yes
  IdentitiesOnly yes
  IdentityAgent /run/other-agent
  RequestTTY force
  RemoteCommand tmux new -A
  SessionType none
  StdinNull yes
  ForkAfterAuthentication yes
  LogLevel QUIET
  ControlMaster auto
  ControlPath /tmp/%C
  ControlPersist yes
  LocalForward 8080 localhost:80
  ForwardAgent yes
  ForwardX11 yes
  Tunnel yes
  AddKeysToAgent ask
  PermitLocalCommand yes
  LocalCommand echo hi
  VisualHostKey yes
  BatchMode no
  StrictHostKeyChecking no
  UpdateHostKeys yes
  ConnectTimeout 1
  ConnectionAttempts 9
  ServerAliveInterval 0
  HostKeyAlias other
  CheckHostIP yes
  UserKnownHostsFile ~/.ssh/other
  PubkeyAuthentication no
  PreferredAuthentications password
`;
const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";
const target = { name: "a", address: "pi4", hostKey };
const privateKey = newSshKeys().private;

describe("a person's own ssh config", () => {
  let dir: string;
  before(async function () {
    if (!isOnPath("ssh")) skip(this, "there is no ssh on this machine");
    dir = await mkdtemp(join(tmpdir(), "pi-fleet-ssh-config-"));
    await writeFile(join(dir, "config"), config);
  });
  after(() => dir && rm(dir, { recursive: true }));

  /** What ssh would do, by the names of the options. */
  const effect = async (options: readonly string[]) => {
    const { stdout } = await execa("ssh", ["-F", join(dir, "config"), "-G", ...options, "pi4"]);
    return (name: string) =>
      stdout
        .split("\n")
        .filter((line) => line.startsWith(`${name} `))
        .map((line) => line.slice(name.length + 1))
        .join(", ");
  };
  const session = <T>(use: (session: SshSession) => Promise<T>) =>
    SshSession.with({ target, privateKey, connectSeconds: 7 }, use);

  const ours: Record<string, string> = {
    ...{ requesttty: "false", sessiontype: "default", stdinnull: "no", forkafterauthentication: "no" },
    ...{ loglevel: "INFO", controlmaster: "false", controlpersist: "no", localcommand: "echo hi" },
    ...{
      clearallforwardings: "yes",
      forwardagent: "no",
      forwardx11: "no",
      tunnel: "false",
      addkeystoagent: "false",
    },
    ...{ visualhostkey: "no", batchmode: "yes", stricthostkeychecking: "true", updatehostkeys: "false" },
    ...{ connecttimeout: "7", connectionattempts: "1", serveraliveinterval: "5" },
    ...{ hostkeyalias: "a", checkhostip: "no", globalknownhostsfile: "/dev/null" },
  };
  const theirs = {
    hostname: "192.168.1.122",
    port: "8023",
    user: "beau",
    proxyjump: "nas",
    identityfile: "~/.ssh/pi",
  };

  it("gives the way and the identity, and nothing else", async () => {
    const seen = await session((one) => effect([...one.options(target), "-o", "ControlPath=none"]));
    for (const [name, value] of Object.entries({ ...ours, ...theirs, permitlocalcommand: "no" }))
      deepEqual([name, seen(name)], [name, value]);
    // `none` shows as nothing.
    deepEqual(
      [seen("remotecommand"), seen("controlpath")],
      ["none", "none"].map(() => ""),
    );
    match(seen("userknownhostsfile"), /\/0\.known$/);
    deepEqual([seen("identityagent"), seen("identitiesonly")], ["/run/other-agent", "yes"]);
  });

  it("does not keep the deploy key from being offered", async () => {
    const seen = await session((one) =>
      effect([...one.loginOptions("session's key"), ...one.options(target)]),
    );
    match(seen("identityagent"), /\/agent$/);
    deepEqual(
      [seen("identitiesonly"), seen("pubkeyauthentication"), seen("preferredauthentications")],
      ["no", "true", "publickey"],
    );
  });

  it("has as little to say to the ssh of Nix, here and on a build host", async () => {
    const here = await session((one) => effect(one.nixOptions(target).split(" ")));
    for (const [name, value] of Object.entries(ours)) deepEqual([name, here(name)], [name, value]);
    const there = await effect(onwardOptions(target, 7));
    for (const [name, value] of Object.entries(ours)) deepEqual([name, there(name)], [name, value]);
    // By a LocalCommand Nix learns that the connection is there.
    deepEqual([here("permitlocalcommand"), there("identityagent")], ["yes", "SSH_AUTH_SOCK"]);
  });
});
