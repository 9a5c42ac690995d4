import { equal, match } from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { type Copy } from "../copy.js";

// What goes wrong, and how a person mends it.

/** Something that happens to the Pi, to its link or to the deployer. */
export type Strike = (copy: Copy) => Promise<void>;

/** The Pi that is struck. */
export const pi = "lab-a";

export async function collectGarbage(copy: Copy): Promise<void> {
  equal((await copy.onLaptop("nix-store", "--gc")).exitCode, 0);
  await copy.onHost(pi, "nix-store --gc");
}

export async function killSsh(copy: Copy): Promise<void> {
  await copy.onHost(pi, "pkill -f '[s]shd-session: pi'");
}

export async function linkDown(copy: Copy): Promise<void> {
  await copy.host(pi).linkDown();
}

export async function linkUp(copy: Copy): Promise<void> {
  await copy.host(pi).linkUp();
}

export async function linkDownShortly(copy: Copy): Promise<void> {
  await linkDown(copy);
  await delay(5000);
  await linkUp(copy);
}

export async function powerCut(copy: Copy): Promise<void> {
  await copy.host(pi).powerOff();
}

export async function boot(copy: Copy): Promise<void> {
  await copy.host(pi).boot();
}

export async function bootWithLink(copy: Copy): Promise<void> {
  await boot(copy);
  await linkUp(copy);
}

export async function fillDisk(copy: Copy): Promise<void> {
  await copy.onHost(pi, "head -c 4G /dev/zero > /root/fill 2>/dev/null || true; sync");
}

export async function freeDisk(copy: Copy): Promise<void> {
  await copy.onHost(pi, "rm -f /root/fill");
}

export async function killDeployer(copy: Copy): Promise<void> {
  for (const pid of await copy.engines()) process.kill(pid, "SIGKILL");
  await copy.lab.until(
    async () => (await copy.steps()) === 0,
    30,
    () => "steps outlived their engine",
  );
}

export async function secondDeployer(copy: Copy): Promise<void> {
  const second = await copy
    .host(pi)
    .run([
      "sh",
      "-c",
      "printf 'toplevel=/x\\nid=other\\nholder=second@other\\n' | sh /run/pi-fleet/activate.sh start",
    ]);
  equal(second.exitCode, 75);
  match(String(second.stdout), /^held by \w+@\S+ since \d{4}-\d\d-\d\dT/);
}
