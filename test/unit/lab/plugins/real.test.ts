import { deepEqual, equal, match } from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { askVersion } from "../../../../lab/plugins/ask-version.js";
import { bundleStandIn } from "../../../../lab/plugins/bundle.js";
import { installedPlugin } from "../../../../lab/plugins/real.js";

describe("a provider plugin on PATH", function () {
  this.timeout(30_000);
  let dir: string;
  let plugin: string;
  /** Of lab/plugins/command.ts. */
  const version = "1.2.1";
  const before = { path: process.env["PATH"], home: process.env["PULUMI_HOME"] };

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "pi-fleet-plugins-"));
    await mkdir(join(dir, "bin"));
    // One that is no stand-in by its place, though it speaks as one.
    plugin = join(dir, "bin/pulumi-resource-command");
    const standIn = await bundleStandIn("command");
    await writeFile(plugin, `#!/bin/sh\nexec '${standIn}' "$@"\n`, { mode: 0o755 });
    process.env["PATH"] = `${dir}/bin:${before.path}`;
    process.env["PULUMI_HOME"] = join(dir, "home");
  });

  afterEach(async () => {
    process.env["PATH"] = before.path;
    if (before.home === undefined) delete process.env["PULUMI_HOME"];
    else process.env["PULUMI_HOME"] = before.home;
    await rm(dir, { recursive: true });
  });

  it("tells its version", async () => {
    equal(await askVersion(plugin), version);
  });

  it("is none when it gives no answer", async () => {
    for (const says of ["exit 1", "echo 1; exec sleep 60", "echo hello; exec sleep 60"]) {
      await writeFile(plugin, `#!/bin/sh\n${says}\n`);
      equal(await askVersion(plugin), undefined, says);
    }
    equal(await askVersion(join(dir, "nowhere")), undefined);
  });

  it("is taken in the version that is wanted, and in no other", async () => {
    const told: string[] = [];
    const report = (line: string) => void told.push(line);
    equal(await installedPlugin("command", version, report), plugin);
    deepEqual(told, []);
    equal(await installedPlugin("command", "9.9.9", report), undefined);
    match(told.join(), new RegExp(`${plugin} is left aside: it says ${version}, and 9.9.9 is wanted`));
  });

  it("is not taken when it is one of the lab's own", async () => {
    await rm(plugin);
    await symlink(await bundleStandIn("command"), plugin);
    equal(await installedPlugin("command", version, () => undefined), undefined);
  });
});
