import { doesNotMatch, equal, match, notEqual } from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Copy } from "../copy.js";
import { file, registeredRunner, type LabRunner } from "./runner.js";

describe("the runner without GitHub", function () {
  this.timeout(240_000);
  let runner: LabRunner;
  let copy: Copy;

  before(async function () {
    runner = await registeredRunner(this);
    ({ copy } = runner);
  });

  // What is said of each refusal is test/unit/runners/github-refusal.test.ts.
  for (const [what, fault, words] of [
    ["is down", { status: 503 }, /runner failed: GitHub has a problem \(503/],
    [
      "wants a permission",
      { status: 403 },
      /needs the permission Administration \(read and write\) on example\/blinky/,
    ],
  ] as const) {
    it(`names the reason when GitHub ${what}, and systems converge all the same`, async () => {
      await runner.onHost(`rm -f ${file}`);
      for (const pi of ["lab-a", "lab-b"])
        await copy.config(["pi-fleet:hosts", pi, "settings"], {
          environment: { etc: { motd: { text: `${what}\n` } } },
        });
      await runner.ask({ faults: fault });
      const run = await copy.tryUp();
      notEqual(run.exitCode, 0);
      match(run.out, words);
      for (const pi of ["lab-a", "lab-b"]) equal(await runner.onHost("cat /etc/motd", pi), what, run.out);
      await runner.ask({ faults: {} });
    });
  }

  it("finishes with the next up, once GitHub is there again", async () => {
    await runner.onHost(`rm -f ${file}`);
    await copy.up();
    notEqual(await runner.onHost(`cat ${file}`), "");
    equal((await runner.only()).online, true);
    await copy.nothingToChange();
  });

  it("lets a preview warn when GitHub is slow, and show no difference", async () => {
    await runner.ask({ faults: { delaySeconds: 8 } });
    const preview = await copy.pulumi("preview", "--expect-no-changes");
    await runner.ask({ faults: {} });
    equal(preview.exitCode, 0, preview.out);
    match(preview.out, /whether lab-a is still registered could not be seen: .*no answer in 4 s/);
  });

  it("warns when its version is one that GitHub gives no jobs any more", async () => {
    await runner.ask({ release: { tag_name: "v2.999.0", published_at: "2020-01-01T00:00:00Z" } });
    const preview = await copy.pulumi("preview", "--expect-no-changes");
    equal(preview.exitCode, 0, preview.out);
    match(
      preview.out,
      /lab-a is version \d+\.\d+\.\d+ of GitHub's runner, and 2\.999\.0 is out for over 30 days/,
    );
    const versions = join(copy.dir, "lab/.run/nixpkgs/versions.nix");
    const nixpkgs = await readFile(versions, "utf8");
    await writeFile(versions, nixpkgs.replace(/github-runner = ".*"/, 'github-runner = "2.999.1"'));
    await copy.up();
    await runner.until(async () => (await runner.only()).version === "2.999.1", "the old version runs on");
    doesNotMatch(await copy.nothingToChange(), /of GitHub's runner/);
  });
});
