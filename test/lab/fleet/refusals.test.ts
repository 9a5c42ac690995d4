import { equal, match, notEqual, ok } from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Copy } from "../copy.js";
import { convergedFleet } from "./fleet.js";

describe("the fleet's refusals", function () {
  this.timeout(240_000);
  let fleet: Copy;

  before(async function () {
    fleet = await convergedFleet(this);
  });

  it("refuses a config without a key that a person holds, before anything is touched", async () => {
    const kept = await readFile(fleet.stackFile, "utf8");
    await fleet.config(["pi-fleet:keys", "holders"], []);
    const run = await fleet.tryUp();
    await writeFile(fleet.stackFile, kept);
    notEqual(run.exitCode, 0);
    match(run.out, /pi-fleet:keys\.holders: give at least one public key that you hold/);
    ok(!/updated|created/.test(run.out), run.out);
    ok(!run.out.includes("    at "), run.out);
  });

  it("refuses two names for one machine, in a preview and in an up, before anything is touched", async () => {
    const kept = await readFile(fleet.stackFile, "utf8");
    const { stdout } = await fleet.pulumi(
      ...["stack", "output", "hostPublicKeys", "--show-secrets", "--json"],
    );
    const { "lab-a": hostKey } = JSON.parse(stdout) as Record<string, string>;
    const before = await fleet.onHost("lab-a", "readlink /run/current-system");
    const twin = {
      board: "virtual",
      address: "10.77.0.11",
      hostKey,
      settings: { time: { timeZone: "UTC" } },
    };
    await fleet.config(["pi-fleet:hosts", "twin"], twin);
    const preview = await fleet.pulumi("preview");
    const run = await fleet.tryUp();
    await writeFile(fleet.stackFile, kept);
    for (const { exitCode, out } of [preview, run]) {
      notEqual(exitCode, 0);
      match(out, /lab-a and twin report one machine-id, [0-9a-f]{8}…; nothing was touched/);
      equal(out.match(/^ {4}error: .*report one machine-id/gm)?.length, 1, out);
      ok(!/Command .* (creat|updat)/.test(out) && !out.includes("    at "), out);
    }
    await fleet.up();
    equal(await fleet.onHost("lab-a", "readlink /run/current-system"), before);
    await fleet.nothingToChange();
  });

  it("tells a fault that all Pis share in a sentence", async () => {
    const kept = await readFile(fleet.stackFile, "utf8");
    await fleet.config(["pi-fleet:nix", "overrideInputs"], {});
    const unlocked = await fleet.tryUp();
    await writeFile(fleet.stackFile, kept);
    notEqual(unlocked.exitCode, 0);
    match(unlocked.out, /nix\/flake\.lock is missing.*\n.*nix .*flake lock \.\/nix/);
    ok(!unlocked.out.includes("    at ") && !/updated|created/.test(unlocked.out), unlocked.out);

    const modules = join(fleet.dir, "nix/modules/default.nix");
    const list = await readFile(modules, "utf8");
    await writeFile(modules, list.replace("./base.nix", "./base.nix\n    { servces = { }; }"));
    const broken = await fleet.tryUp();
    await writeFile(modules, list);
    notEqual(broken.exitCode, 0);
    match(broken.out, /lab-a: evaluation failed: .*[\s\S]*servces/);
    match(broken.out, /lab-b: evaluation failed: as for lab-a/);
    ok(!broken.out.includes("    at "), broken.out);
    await fleet.up();
    await fleet.nothingToChange();
  });
});
