import { deepEqual } from "node:assert/strict";
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
      anotherKey("what your known_hosts says", "a key of another kind"),
      { hostKey: undefined },
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
      "of a host that is off is its last line that gives a reason",
      "ssh: connect to host 192.0.2.7 port 22: No route to host\r\nlast words\r\n",
      "unreachable",
      away("ssh: connect to host 192.0.2.7 port 22: No route to host"),
    ],
    [
      "of a lost connection",
      "Connection closed by 192.0.2.7",
      "unreachable",
      away("Connection closed by 192.0.2.7"),
    ],
    ["that is not known is repeated", "first\n\n something new \n", "unreachable", away("something new")],
    ["is missed when it is nothing", "", "unreachable", away("ssh ended without a word")],
  ];
  for (const [what, stderr, reason, message, target] of cases)
    it(what, () => {
      const error = sshError({ ...pi, ...target }, stderr);
      deepEqual([error.reason, error.message], [reason, message]);
    });
});
