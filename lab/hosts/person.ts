import { readFile, writeFile } from "node:fs/promises";
import { mkdir } from "node:fs/promises";
import { execa } from "execa";
import { type FirstBootBundle } from "./flash.js";
import { generatedDir, labDir } from "./paths.js";
import { nas } from "./topology.js";

/** Makes the lab person's ssh key and the NAS's host key, unless they exist, and the ssh configuration. */
export async function ensurePerson(): Promise<void> {
  await mkdir(labDir("keys"), { recursive: true, mode: 0o700 });
  await mkdir(generatedDir, { recursive: true });
  await ensureKey("user", "lab person");
  await ensureKey("nas-host", "nas");
  await writeFile(`${generatedDir}/user.pub`, await publicKey("user"));
  await writeFile(labDir("known_hosts"), `${nas.name}.local,${nas.address} ${await publicKey("nas-host")}`);
  await writeFile(labDir("ssh_config"), sshConfig());
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
  return `Host ${nas.name}.local ${nas.address}
  User ${nas.user}

Host *
  IdentityFile ${labDir("keys/user")}
  UserKnownHostsFile ${labDir("known_hosts")}
`;
}
