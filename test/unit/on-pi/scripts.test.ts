import { deepEqual, doesNotMatch, equal, match } from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { onPiScript, rootScripts } from "../../../components/on-pi/scripts.js";

const onPi = resolve(import.meta.dirname, "../../../components/on-pi");

// What needs no root and no systemd. The script sets its own PATH, so no stand-in of systemctl can be put before it: the
// verbs run in the lab alone (test/lab/reboot.test.ts and faults.test.ts).
describe("activate.sh as it is on a Pi", () => {
  let dir: string;
  let script: string;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "pi-fleet-activate-"));
    script = join(dir, "activate.sh");
    await writeFile(script, onPiScript("activate.sh"));
  });

  after(() => rm(dir, { recursive: true }));

  it("is one file, with each file that it sources in the repository, and each once", async () => {
    const text = onPiScript("activate.sh");
    doesNotMatch(text, /^\s*\. |^# shellcheck/m);
    const main = await readFile(join(onPi, "activate.sh"), "utf8");
    const sourced = [...main.matchAll(/^\. "\$\{0%\/\*\}\/(.+)"$/gm)].map(([, file]) => file!);
    equal(sourced.length, 7);
    for (const file of sourced) {
      const [, ...lines] = (await readFile(join(onPi, file), "utf8")).split("\n");
      equal(text.split(lines.join("\n")).length, 2, file);
    }
  });

  it("defines each function once", () => {
    const names = [...onPiScript("activate.sh").matchAll(/^([a-z_]+)\(\)/gm)].map(([, name]) => name!);
    deepEqual(
      names.filter((name, index) => names.indexOf(name) !== index),
      [],
    );
    equal(names.length > 30, true);
  });

  it("refuses an unknown verb, and none, with a usage that names each verb", async () => {
    const usages = await Promise.all(
      [["no-such-verb"], []].map((args) => execa("sh", [script, ...args], { reject: false })),
    );
    for (const { exitCode, stdout, stderr } of usages) {
      deepEqual({ exitCode, stderr }, { exitCode: 64, stderr: "" });
      match(stdout, /^Moves this NixOS host to a new system/);
      doesNotMatch(stdout, /set -u|^#/m);
    }
    const verbs = [...onPiScript("activate.sh").matchAll(/^([a-z-]+)\) /gm)].map(([, verb]) => verb!);
    const told = [...usages[0]!.stdout.matchAll(/^ {2}activate\.sh ([a-z-]+)/gm)].map(([, verb]) => verb!);
    deepEqual(told.sort(), verbs.sort());
    equal(verbs.length, 15);
  });

  it("is what a Pi with sudo.onlyActivation brings along, under the name that its module reads", () => {
    deepEqual(Object.keys(rootScripts()), ["root", "activate", "runner", "secrets"]);
    equal(rootScripts()["activate"], onPiScript("activate.sh"));
  });
});

describe("status.sh as it is on a Pi", () => {
  it("is one script that sh reads from stdin", async () => {
    const text = onPiScript("status.sh");
    doesNotMatch(text, /^\s*\. |^# shellcheck/m);
    const { stdout } = await execa("sh", ["-s"], { input: text });
    match(stdout, /^current=.*\nbooted=/);
    // There may be no Nix store where the tests run.
    match(stdout, /^free=\d*$/m);
    match(stdout, /^clock=\d+ [1-7] \d\d:\d\d$/m);
  });
});
