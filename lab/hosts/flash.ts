import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { type Host } from "./host.js";
import { laptopPath, onLaptop, requireAnchor } from "./namespaces.js";
import { labDir, script } from "./paths.js";
import { hostsFile } from "./topology.js";

/** What the first boot of a Pi finds on its card: the identity that the program pinned before the Pi existed. */
export interface FirstBootBundle {
  readonly hostPrivateKey: string;
  readonly hostPublicKey: string;
  readonly user: string;
  readonly authorizedKeys: readonly string[];
  readonly secrets?: readonly { readonly path: string; readonly content: string }[];
}

/** Writes a fresh card for a host: everything it held before is gone. The host ends up switched off. */
export async function flash(host: Host, bundle: FirstBootBundle): Promise<void> {
  await host.powerOff();
  await mkdir(labDir("hosts", host.name), { recursive: true });
  await disk("erase", host);
  await disk("insert", host);
  await writeCard(host, bundle);
  await writeFile(labDir("known_hosts", host.name), `${host.name} ${bundle.hostPublicKey.trim()}\n`);
  await writeFile(labDir("hosts", host.name, "flashed"), fingerprint(bundle));
}

/** True when the host's card was flashed with this very bundle. */
export async function isFlashedWith(host: Host, bundle: FirstBootBundle): Promise<boolean> {
  const flashed = await readFile(labDir("hosts", host.name, "flashed"), "utf8").catch(() => "");
  return flashed === fingerprint(bundle);
}

/** The public part identifies the bundle: keys that are added later reach the host by convergence. */
function fingerprint(bundle: FirstBootBundle): string {
  return `${bundle.hostPublicKey.trim()}\n`;
}

async function writeCard(host: Host, bundle: FirstBootBundle): Promise<void> {
  const root = labDir("hosts", host.name, "root");
  const put = async (path: string, content: string, mode = 0o644) => {
    const file = await laptopPath(join(root, path));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
    await chmod(file, mode);
  };
  await put("etc/hostname", `${host.name}\n`);
  await put("etc/hosts", hostsFile());
  await put("etc/machine-id", `${randomBytes(16).toString("hex")}\n`);
  await put("etc/ssh/ssh_host_ed25519_key", `${bundle.hostPrivateKey.trim()}\n`, 0o600);
  await put("etc/ssh/ssh_host_ed25519_key.pub", `${bundle.hostPublicKey.trim()}\n`);
  await put(`etc/ssh/authorized_keys.d/${bundle.user}`, `${bundle.authorizedKeys.join("\n")}\n`);
  // Their owners come with the Pi's system.
  for (const { path, content } of bundle.secrets ?? []) await put(path.slice(1), content, 0o600);
  await addUser(root, bundle.user);
  const platforms = host.machine.extraPlatforms;
  if (platforms.length > 0) {
    const conf = await readFile(await laptopPath(join(root, "etc/nix/nix.conf")), "utf8");
    await put("etc/nix/nix.conf", `${conf}extra-platforms = ${platforms.join(" ")}\n`);
  }
  // What the factory system returns to.
  await laptop(["mkdir", "-p", join(root, "var/lib/pi-fleet-lab")]);
  await laptop(["tar", "-cf", join(root, "var/lib/pi-fleet-lab/etc.tar"), "-C", join(root, "etc"), "."]);
}

async function addUser(root: string, user: string): Promise<void> {
  const passwd = await readFile(await laptopPath(join(root, "etc/passwd")), "utf8");
  if (passwd.split("\n").some((line) => line.startsWith(`${user}:`))) return;
  await laptop(["chroot", root, "useradd", "--create-home", "--shell=/bin/bash", "--groups=wheel", user]);
}

async function disk(action: "insert" | "erase", host: Host): Promise<void> {
  await laptop(["sh", script("disk.sh"), action, labDir(), host.name]);
}

async function laptop(command: readonly string[]): Promise<void> {
  const [file = "", ...args] = [...onLaptop(await requireAnchor()), ...command];
  await execa(file, args, { env: { LAB_CARD_SIZE: process.env.PI_FLEET_LAB_CARD_SIZE } });
}
