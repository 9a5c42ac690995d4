import { deepEqual, equal } from "node:assert/strict";
import { fingerprint } from "../../../components/ssh/public-key.js";
import { sshError } from "../../../components/ssh/ssh-error.js";

const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";
const pi = { name: "pi-a", address: "192.0.2.7", user: "pi", hostKey };

/** As OpenSSH prints it, sshconnect.c. */
const changed = `@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
The fingerprint for the ED25519 key sent by the remote host is
SHA256:47DEQpj8HBSa/TImW5JCeuQeRkm5NMpJWZG3hSuFU.
Please contact your system administrator.
Host key verification failed.`;

const anotherKey = (expected: string, got: string) =>
  `pi-a (192.0.2.7) shows another host key, so nothing was sent to it: expected ${expected}, got ${got}. If the Pi was ` +
  "reflashed on purpose, flash it with this stack's bundle or set hosts.pi-a.hostKey to the new key; if not, somebody may be in between.";
const noLogin = (user: string) =>
  `pi-a (192.0.2.7) does not let ${user} in with the fleet's deploy key or your own keys: add the stack's deployPublicKey ` +
  "to its authorized keys, or load your key into your ssh agent.";
const away = (reason: string) => `pi-a (192.0.2.7) can't be reached: ${reason}`;
const fails = (reason: string) => `ssh to pi-a (192.0.2.7) fails: ${reason}`;

describe("what ssh says", () => {
  const cases: [what: string, stderr: string, reason: string, message: string, target?: object][] = [
    [
      "of another host key is told with both fingerprints",
      changed,
      "host key",
      anotherKey(fingerprint(hostKey), "SHA256:47DEQpj8HBSa/TImW5JCeuQeRkm5NMpJWZG3hSuFU"),
    ],
    [
      "of a key of another type is told as such",
      "Unable to negotiate with 192.0.2.7 port 22: no matching host key type found. Their offer: ssh-rsa",
      "host key",
      anotherKey(fingerprint(hostKey), "a key of another kind"),
    ],
    [
      "of an unknown host without a pinned key points to known_hosts",
      "No ED25519 host key is known for pi-a and you have requested strict checking.\nHost key verification failed.",
      "host key",
      "the host key of pi-a (192.0.2.7) is not known, so nothing was sent to it. Give it as hosts.pi-a.hostKey, which " +
        "ssh-keyscan shows, or log in once by hand and accept it.",
      { hostKey: undefined },
    ],
    [
      "of an unknown build host names its own option",
      "No ED25519 host key is known for nas.lan and you have requested strict checking.\nHost key verification failed.",
      "host key",
      "the host key of nas (192.0.2.7) is not known, so nothing was sent to it. Give it as buildHosts.nas.hostKey, which " +
        "ssh-keyscan shows, or log in once by hand and accept it.",
      { name: "nas", hostKey: undefined, option: "buildHosts.nas" },
    ],
    [
      "of a build host with another key names its own option",
      changed,
      "host key",
      `nas (192.0.2.7) shows another host key, so nothing was sent to it: expected ${fingerprint(hostKey)}, got ` +
        "SHA256:47DEQpj8HBSa/TImW5JCeuQeRkm5NMpJWZG3hSuFU. If its key was made anew, set buildHosts.nas.hostKey to the new " +
        "one; if not, somebody may be in between.",
      { name: "nas", option: "buildHosts.nas" },
    ],
    [
      "of a refused login says which keys are tried",
      "pi@192.0.2.7: Permission denied (publickey).",
      "refused login",
      noLogin("pi"),
    ],
    [
      "of too many keys is a refused login, also of a user without a name in config",
      "Received disconnect from 192.0.2.7 port 22:2: Too many authentication failures",
      "refused login",
      noLogin("your user"),
      { user: undefined },
    ],
    [
      "of a host that is off is the line that says so",
      "Authorized use only.\r\nssh: connect to host 192.0.2.7 port 22: No route to host\r\n",
      "unreachable",
      away("ssh: connect to host 192.0.2.7 port 22: No route to host"),
    ],
    [
      "behind a jump host, of a host that is off, is what the jump host says",
      "channel 0: open failed: connect failed: No route to host\r\nstdio forwarding failed\r\n" +
        "Connection closed by UNKNOWN port 65535\r\n",
      "unreachable",
      away("channel 0: open failed: connect failed: No route to host"),
    ],
    [
      "of a jump host that is off does not make the host off",
      "ssh: connect to host jump port 22: No route to host\r\nConnection closed by UNKNOWN port 65535\r\n",
      "unknown",
      fails(
        "the way to it, by a jump host or a proxy of your ssh config, fails: " +
          "ssh: connect to host jump port 22: No route to host / Connection closed by UNKNOWN port 65535",
      ),
    ],
    [
      "of a connection that broke",
      "Timeout, server 192.0.2.7 not responding.\r\n",
      "lost",
      "the connection to pi-a (192.0.2.7) was lost: Timeout, server 192.0.2.7 not responding.",
    ],
    [
      "of a host that takes the connection and is not ready names that",
      "kex_exchange_identification: read: Connection reset by peer\r\nConnection reset by 192.0.2.7 port 22\r\n",
      "unknown",
      fails(
        "something listens there and is not ready for ssh, such as a host that starts or is overloaded: " +
          "kex_exchange_identification: read: Connection reset by peer / Connection reset by 192.0.2.7 port 22",
      ),
    ],
    [
      "of a config that it does not take is told with the option",
      "/root/.ssh/config: line 3: Bad configuration option: usekeychain\r\n" +
        "/root/.ssh/config: terminating, 1 bad configuration options\r\n",
      "unknown",
      fails(
        "ssh does not take your ssh config: /root/.ssh/config: line 3: Bad configuration option: usekeychain / " +
          "/root/.ssh/config: terminating, 1 bad configuration options",
      ),
    ],
    ["that is not known is repeated", "\n something new \n", "unknown", fails("something new")],
    [
      "when it is nothing asks about LogLevel",
      "",
      "unknown",
      fails('ssh ended without a word. Does an ssh config say "LogLevel QUIET"?'),
    ],
  ];
  for (const [what, stderr, reason, message, target] of cases)
    it(what, () => {
      const error = sshError({ ...pi, ...target }, stderr);
      deepEqual([error.reason, error.message], [reason, message]);
    });

  const address = "fd00::7%eth0";
  const reasons: Record<string, readonly string[]> = {
    unreachable: [
      ...["Connection timed out", "Operation timed out", "Connection refused", "Host is down"].map(
        (words) => `ssh: connect to host ${address} port 22: ${words}`,
      ),
      ...["No route to host", "Network is unreachable"].map(
        (words) => `ssh: connect to host ${address} port 2222: ${words}`,
      ),
      "ssh: Could not resolve hostname pi-a.local: Name or service not known",
      "ssh: Could not resolve hostname pi-a.local: Temporary failure in name resolution",
    ],
    "host key": ["Host key verification failed."],
    "refused login": [`pi@${address}: Permission denied (publickey,password).`],
    unknown: [
      ...["Permission denied", "Invalid argument", "Cannot assign requested address"].map(
        (words) => `ssh: connect to host ${address} port 22: ${words}`,
      ),
      ...["Connection closed by", "Connection reset by"].map((words) => `${words} ${address} port 22`),
      "Connection timed out during banner exchange",
      "Bad owner or permissions on /root/.ssh/config",
      "mkdir: cannot create directory: Permission denied (os error 13)",
      "unix_listener: path too long for Unix domain socket",
      "sh: 1: nc: Connection refused",
    ],
  };
  for (const [reason, all] of Object.entries(reasons))
    for (const line of all)
      it(`"${line}" is ${reason}`, () => equal(sshError(pi, `${line}\r\n`).reason, reason));
});
