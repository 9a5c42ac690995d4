import { equal, match, ok, rejects } from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { execa } from "execa";
import { withTemporaryFolder } from "../../../components/shared/temporary-folder.js";

describe("a temporary folder", () => {
  const before = process.env["TMPDIR"];
  let own: string;
  beforeEach(() => (own = mkdtempSync(join(tmpdir(), "tf-"))));
  afterEach(() => {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
    rmSync(own, { recursive: true });
  });

  const parent = async (temporary: string) => {
    mkdirSync(temporary, { recursive: true });
    process.env["TMPDIR"] = temporary;
    return withTemporaryFolder("pi-fleet-", async (dir) => dirname(dir));
  };

  it("is in TMPDIR, its owner's alone, and goes away, also after a failure", async () => {
    process.env["TMPDIR"] = own;
    let made = "";
    await rejects(
      withTemporaryFolder("pi-fleet-", async (dir) => {
        made = dir;
        equal(statSync(dir).mode & 0o777, 0o700);
        throw new Error("failed");
      }),
      /failed/,
    );
    match(made, /\/tf-\w+\/pi-fleet-\w{6}$/);
    equal(existsSync(made), false);
  });

  it("is elsewhere when TMPDIR is too long for a socket, or has what ssh and shells would take apart", async () => {
    equal(await parent(join(own, "short")), join(own, "short"));
    for (const name of ["x".repeat(80), "a space", "a%C", "$HOME"])
      equal(await parent(join(own, name)), "/tmp");
  });

  it("goes away when its process is interrupted", async () => {
    const module = resolve(import.meta.dirname, "../../../components/shared/temporary-folder.ts");
    const program = `
      const { withTemporaryFolder } = await import(${JSON.stringify(module)});
      await withTemporaryFolder("pi-fleet-", async (dir) => {
        console.log(dir);
        await new Promise((resolve) => setTimeout(resolve, 60_000));
      });`;
    const child = execa(process.execPath, ["--import=tsx", "--input-type=module", "-e", program], {
      reject: false,
      env: { TMPDIR: own },
    });
    const dir = await new Promise<string>((told) =>
      child.stdout.once("data", (said) => told(String(said).trim())),
    );
    ok(existsSync(dir));
    child.kill("SIGINT");
    equal((await child).signal, "SIGINT");
    equal(existsSync(dir), false);
  });
});
