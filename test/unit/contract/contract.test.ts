import { deepEqual, equal } from "node:assert/strict";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { config, status } from "./fleet.js";

// What a stack's state is compared with: names, types and inputs. A Pi of a stack that an older version made must show no
// difference. So resources.json changes only with a change that a release note tells of:
//   PI_FLEET_CONTRACT=write npx mocha test/unit/contract/contract.test.ts
describe("the resources of a fleet", function () {
  this.timeout(60_000);
  const kept = resolve(import.meta.dirname, "resources.json");
  let dir: string;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "pi-fleet-contract-"));
    const planned = Object.keys(config.hosts).map((pi) => [
      pi,
      { drvPath: `/nix/store/${pi}.drv`, toplevel: `/nix/store/${pi}`, system: "x86_64-linux" },
    ]);
    // It answers for all hosts, whichever it is asked for; only those that were asked for are looked at.
    const images = Object.keys(config.hosts).map((pi) => [
      pi,
      { drvPath: `/nix/store/${pi}-image.drv`, image: `/nix/store/${pi}-image` },
    ]);
    await command(
      "nix",
      `case "$*" in *imagePlan*) cat ${dir}/images.json ;; *eval*) cat ${dir}/plan.json ;; esac`,
    );
    await writeFile(join(dir, "images.json"), JSON.stringify(Object.fromEntries(images)));
    await writeFile(join(dir, "plan.json"), JSON.stringify(Object.fromEntries(planned)));
    await writeFile(join(dir, "status"), `${status.join("\n")}\n`);
    await command(
      "ssh",
      // It runs the text that it is sent, with the status in place of the command between the two lines (far-shell.ts).
      `case "$*" in *settled.local*) for line; do :; done; bytes=\${line##*count=}; ` +
        `sent=$(dd bs=1 count="\${bytes%% *}" 2>/dev/null); ` +
        `{ printf '%s\\n' "$sent" | head -n 2; echo "cat ${dir}/status"; printf '%s\\n' "$sent" | tail -n 4; } | sh ;; ` +
        `*) echo "ssh: connect to host x port 22: Connection refused" >&2; exit 255 ;; esac`,
    );
  });

  after(() => rm(dir, { recursive: true }));

  it("are those of every version before: resource names, types and inputs are a contract", async () => {
    const { exitCode, stdout, stderr } = await execa(
      process.execPath,
      ["--import=tsx", resolve(import.meta.dirname, "program.ts")],
      { env: { PATH: `${dir}:${process.env["PATH"]}` }, reject: false },
    );
    equal(exitCode, 0, stderr);
    // Without an engine, what a person is told goes to stdout too, before the resources.
    const resources = stdout.slice(stdout.indexOf("{\n"));
    if (process.env["PI_FLEET_CONTRACT"] === "write") await writeFile(kept, `${resources}\n`);
    deepEqual(JSON.parse(resources), JSON.parse(await readFile(kept, "utf8")));
  });

  async function command(name: string, script: string): Promise<void> {
    await writeFile(join(dir, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(dir, name), 0o755);
  }
});
