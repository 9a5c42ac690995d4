import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";

const testDirectory = new URL("../..", import.meta.url).href;

describe("the report of npm test", function () {
  this.timeout(30_000);
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "pi-fleet-report-"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it("counts what passed, failed and was skipped, and says why it was skipped", async () => {
    const { lines, exitCode } = await reportOf(`
      describe("hosts", () => {
        it("boot", () => {});
        it("burn", () => { throw new Error("too hot"); });
        it("fly", function () { skip(this, "no wings"); });
        describe("in water", () => {
          before(function () { skip(this, "no lake"); });
          it("float", () => {});
          it("swim", () => {});
        });
      });
    `);
    assert.deepEqual(
      lines.slice(lines.indexOf("Skipped:")).filter((line) => line !== ""),
      [
        "Skipped:",
        "  hosts fly: no wings",
        "  hosts in water float: no lake",
        "  hosts in water swim: no lake",
        "Failed:",
        "  hosts burn",
        "      too hot",
        "1 passed, 1 failed, 3 skipped",
      ],
    );
    assert.equal(exitCode, 1);
  });

  it("counts a run that stops half way as failed, whatever its exit code", async () => {
    const { lines, exitCode } = await reportOf(`
      it("runs", () => {});
      it("leaves", () => process.exit(0));
    `);
    assert.ok(lines.includes("  sample: mocha stopped before its end (0)"), lines.join("\n"));
    assert.equal(lines.at(-1), "1 passed, 1 failed");
    assert.equal(exitCode, 1);
  });

  it("fails when no test ran", async () => {
    const { lines, exitCode } = await reportOf(`describe("nothing", () => {});`);
    assert.equal(lines.at(-1), "0 passed, 0 failed");
    assert.equal(exitCode, 1);
  });

  async function reportOf(tests: string): Promise<{ lines: string[]; exitCode: number | undefined }> {
    const sample = join(directory, "sample.mts");
    writeFileSync(sample, `import { skip } from "${testDirectory}skip.ts";\n${tests}`);
    const main = join(directory, "main.mts");
    writeFileSync(
      main,
      `import { conclude } from "${testDirectory}results.ts";
       import { runMocha } from "${testDirectory}mocha.ts";
       process.exitCode = conclude(await runMocha("sample", [${JSON.stringify(sample)}], []));`,
    );
    const { stdout, exitCode } = await execa(process.execPath, ["--import", "tsx", main], { reject: false });
    return { lines: stdout.split("\n"), exitCode };
  }
});
