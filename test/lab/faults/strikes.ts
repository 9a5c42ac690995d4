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

/** The disk that is in memory, down to its last page, and a Pi that can be reached again. */
export async function fillRun(copy: Copy): Promise<void> {
  await copy.onHost(pi, "head -c 64G /dev/zero > /run/fill 2>/dev/null || true");
  await linkUp(copy);
}

export async function freeRun(copy: Copy): Promise<void> {
  await copy.onHost(pi, "rm -f /run/fill");
}

/** The timer that brings the old system back is left. */
export async function killActivation(copy: Copy): Promise<void> {
  await copy.onHost(pi, "systemctl kill --signal=KILL pi-fleet-activation.service");
  await linkUp(copy);
}

/** Nothing is left that could end the activation or take it back. */
export async function killActivationAndTimer(copy: Copy): Promise<void> {
  await copy.onHost(pi, "systemctl stop pi-fleet-return.timer");
  await killActivation(copy);
}

/** Keeps the old system from being activated again: switch-to-configuration takes its lock without waiting. */
export async function blockWayBack(copy: Copy): Promise<void> {
  const lock = "/run/nixos/switch-to-configuration.lock";
  await copy.onHost(pi, `systemd-run --quiet --unit=blocks-way-back flock ${lock} sleep 1000`);
}

export async function unblockWayBack(copy: Copy): Promise<void> {
  await copy.onHost(pi, "systemctl stop blocks-way-back");
}

/** Then the job ends. */
export async function collectGarbageAndEndJob(copy: Copy): Promise<void> {
  await collectGarbage(copy);
  await copy.onHost(pi, "systemctl stop github-runner-x");
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
