import { mkdir, readFile, writeFile } from "node:fs/promises";
import { execa } from "execa";
import { type FirstBootBundle } from "./flash.js";
import { generatedDir, labDir } from "./paths.js";
import { machines, nas, qemuPi } from "./topology.js";

/** Makes the lab person's ssh key and the NAS's host key, unless they exist, and the ssh configuration. */
export async function ensurePerson(): Promise<void> {
  await mkdir(labDir("keys"), { recursive: true, mode: 0o700 });
  await mkdir(generatedDir, { recursive: true });
  await ensureKey("user", "lab person");
  await ensureKey("nas-host", "nas");
  await writeFile(`${generatedDir}/user.pub`, await publicKey("user"));
  await mkdir(labDir("known_hosts"), { recursive: true });
  await writeFile(labDir("ssh_config"), sshConfig());
  await mkdir(labDir("bin"), { recursive: true });
  const { stdout: ssh } = await execa("sh", ["-c", "command -v ssh"]);
  await writeFile(labDir("bin/ssh"), `#!/bin/sh\nexec ${ssh} -F ${labDir("ssh_config")} "$@"\n`, {
    mode: 0o755,
  });
}

/** What the NAS finds on its disk at its first boot. */
export async function nasBundle(): Promise<FirstBootBundle> {
  return {
    hostPrivateKey: await readFile(labDir("keys/nas-host"), "utf8"),
    hostPublicKey: await publicKey("nas-host"),
    user: nas.user,
    authorizedKeys: [(await publicKey("user")).trim()],
  };
}

function publicKey(name: string): Promise<string> {
  return readFile(labDir("keys", `${name}.pub`), "utf8");
}

async function ensureKey(name: string, comment: string): Promise<void> {
  const file = labDir("keys", name);
  const known = await publicKey(name).catch(() => "");
  if (known !== "") return;
  await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", file], { input: "y\n" });
}

/** Stands for the person's ~/.ssh, which the lab neither reads nor writes. */
function sshConfig(): string {
  const hosts = [...machines, qemuPi].map(
    ({ name, address }) => `Host ${name} ${name}.local ${address}
  HostName ${address}
  User ${name === nas.name ? nas.user : "pi"}
  HostKeyAlias ${name}
  UserKnownHostsFile ${labDir("known_hosts", name)}
`,
  );
  const others = `Host *
  IdentityFile ${labDir("keys/user")}
  UserKnownHostsFile ${labDir("known_hosts/others")}
`;
  return [...hosts, others].join("\n");
}
