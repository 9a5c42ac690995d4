import ssh2 from "ssh2";
import type { Login } from "../../ssh/session.js";
import { loginText } from "../../ssh/logins.js";
import { fingerprint } from "../../ssh/public-key.js";
import type { Target } from "../../ssh/target.js";
import { note, ok, wrong, type Finding } from "./finding.js";

/** The fingerprint of a private key in OpenSSH's format. */
function fingerprintOf(privateKey: string): string {
  const parsed = ssh2.utils.parseKey(privateKey);
  const [key] = parsed instanceof Error ? [] : [parsed].flat();
  return key ? fingerprint(`${key.type} ${key.getPublicSSH().toString("base64")}`) : "unreadable";
}

/** A Pi that shows the right host key and takes no key of ours. */
export function refusedLogin({ name, user = "your user" }: Target, deployKey: string): Finding {
  return wrong(
    "login",
    `it takes neither the fleet's deploy key (${fingerprintOf(deployKey)}) nor your own keys for ${user}`,
    `Log in as one of keys.holders, or at its screen, and see journalctl -u sshd there. Does hosts.${name}.user exist on it? Each line ` +
      `of /etc/ssh/authorized_keys.d/${user} begins with a type such as ssh-ed25519: sshd passes over any other without a word`,
  );
}

/** By which key and which login we got in. */
export function loginFindings(wanted: Target, reached: Target, key: Login | undefined): Finding[] {
  const by = key === "person's own" ? "your own key" : "the fleet's deploy key";
  const former = loginText(reached) !== loginText(wanted);
  return [
    ok("login", `${loginText(reached)} with ${by}`),
    ...(former
      ? [
          note(
            "login",
            `it answers as ${loginText(reached)}, and config wants ${loginText(wanted)}`,
            "pulumi up brings the system with that login",
          ),
        ]
      : []),
    ...(key === "person's own"
      ? [note("login", "it does not take the fleet's deploy key yet", "pulumi up brings it")]
      : []),
  ];
}
