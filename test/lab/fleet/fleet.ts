import { equal } from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Copy } from "../copy.js";

// The fleet of Pulumi.lab.yaml. The files of this folder share its lab and its stack, as they run in one mocha process.
// Each file begins with the fleet converged and leaves it so; only journey makes it and only ending destroys it.

export const pis = ["lab-a", "lab-b", "lab-c"];

/** A secret of the stack, which secrets delivers and ending searches for. */
export const stackSecret = "the value of a stack secret, 4f1c";

let shared: Copy | undefined;

after(async function () {
  this.timeout(60_000);
  await shared?.remove();
});

/** For the `before` of journey: the lab is not started and the stack not made yet. */
export async function newFleet(context: Mocha.Context): Promise<Copy> {
  return (shared ??= await Copy.make(context, "fleet"));
}

/**
 * For the `before` of every other file: the fleet, converged. Where journey did not run, the fleet is converged here,
 * twice, so that every Pi has a generation to go back to.
 */
export async function convergedFleet(context: Mocha.Context): Promise<Copy> {
  const fleet = await newFleet(context);
  if ((await fleet.lab.anchorPid()) !== undefined) return fleet;

  const { exitCode, out } = await fleet.npmRunLab();
  equal(exitCode, 0, out);
  await everyPi(fleet, "a second generation\n");
  await fleet.up();
  return fleet;
}

/** Changes every Pi: the common modules put a file with this text on it, /etc/of-all. */
export async function everyPi(fleet: Copy, text: string): Promise<void> {
  await writeFile(
    join(fleet.dir, "nix/modules/of-all.nix"),
    `{ environment.etc.of-all.text = ${JSON.stringify(text)}; }\n`,
  );
  const modules = join(fleet.dir, "nix/modules/default.nix");
  const list = await readFile(modules, "utf8");
  if (!list.includes("of-all"))
    await writeFile(modules, list.replace("./base.nix", "./base.nix\n    ./of-all.nix"));
}

/** The toplevel of each Pi, as the stack's state has it. */
export async function toplevels(fleet: Copy): Promise<Record<string, string>> {
  const { stdout } = await fleet.pulumi("stack", "export");
  const { deployment } = JSON.parse(stdout) as {
    deployment: { resources: { urn: string; inputs?: { environment?: { TOPLEVEL?: string } } }[] };
  };
  return Object.fromEntries(
    deployment.resources.flatMap(({ urn, inputs }) => {
      const pi = /::([^:\s]+)-activation$/.exec(urn)?.[1];
      return pi ? [[pi, inputs?.environment?.TOPLEVEL ?? ""]] : [];
    }),
  );
}
