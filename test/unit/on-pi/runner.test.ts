import { deepEqual, equal, match } from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { onPiScript } from "../../../components/on-pi/scripts.js";

// What runner.sh deletes. It runs with a folder in place of /var/lib, so a fault deletes nothing of this machine's.
describe("runner.sh", () => {
  let dir: string;
  let lib: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "pi-fleet-runner-"));
    lib = join(dir, "lib");
    const script = onPiScript("runner.sh")
      .replaceAll("/var/lib/", `${lib}/`)
      .replace(/^PATH=.*$/m, `PATH=${dir}/bin:/usr/bin:/bin`);
    await writeFile(join(dir, "runner.sh"), script);
    await mkdir(join(dir, "bin"));
    for (const name of ["systemctl", "journalctl"])
      await writeFile(join(dir, "bin", name), "#!/bin/sh\n", { mode: 0o755 });
    await file("important/data");
  });

  afterEach(() => rm(dir, { recursive: true }));

  it("removes the state, the notes and the token of its runner, and of no other", async () => {
    await file("private/github-runner/a/.runner");
    await file("private/github-runner/b/.runner");
    await link("a");
    await link("b");
    await file("pi-fleet/runners/a/0a", "id=7\n");
    await file("github-runner/.token");
    equal((await runner("remove", "a", join(lib, "github-runner/.token"), "7")).exitCode, 0);
    deepEqual(await readdir(join(lib, "private/github-runner/a")), []);
    deepEqual(await readdir(join(lib, "private/github-runner/b")), [".runner"]);
    equal(existsSync(join(lib, "pi-fleet/runners/a")), false);
    equal(existsSync(join(lib, "github-runner/.token")), false);
  });

  it("removes nothing of a runner that was registered since", async () => {
    await file("private/github-runner/a/.runner");
    await link("a");
    await file("pi-fleet/runners/a/0a", "id=8\n");
    await file("github-runner/.token");
    equal((await runner("remove", "a", join(lib, "github-runner/.token"), "7")).exitCode, 0);
    deepEqual(await readdir(join(lib, "private/github-runner/a")), [".runner"]);
    equal(existsSync(join(lib, "pi-fleet/runners/a/0a")), true);
    equal(existsSync(join(lib, "github-runner/.token")), true);
  });

  it("leaves a token that another runner has too", async () => {
    const token = join(lib, "github-runner/.token");
    await file("github-runner/.token");
    await file("pi-fleet/runners/a/0a", "id=7\n");
    await file("pi-fleet/runners/b/0b", `id=8\ntoken=${token}\n`);
    equal((await runner("remove", "a", token, "7")).exitCode, 0);
    equal(existsSync(token), true);
  });

  it("gives a runner its token, which nobody else could read at any time, and nothing of its old state", async () => {
    const token = join(lib, "github-runner/.token");
    // `deliver` asks for the account while the token is written.
    await writeFile(join(dir, "bin/id"), `#!/bin/sh\nstat -c %a ${token}.new >${dir}/rights\nexit 1\n`, {
      mode: 0o755,
    });
    await file("private/github-runner/a/.runner");
    await link("a");
    await file("pi-fleet/runners/before/0a", `token=${token}\n`);
    await file("pi-fleet/runners/other/0b", `token=${token}-other\n`);
    equal((await runner("deliver", "a", token, "0c", "repos/o/r")).exitCode, 0);
    equal(await readFile(token, "utf8"), "token");
    equal((await readFile(join(dir, "rights"), "utf8")).trim(), "600");
    deepEqual(await readdir(join(lib, "private/github-runner/a")), []);
    // The runner had another name before; the other one is another.
    deepEqual((await readdir(join(lib, "pi-fleet/runners"))).sort(), ["a", "other"]);
    equal(await readFile(join(lib, "pi-fleet/runners/a/0c"), "utf8"), `token=${token}\nscope=repos/o/r\n`);
  });

  it("keeps the old token when no new one comes", async () => {
    await file("github-runner/.token", "old");
    const args = ["deliver", "a", join(lib, "github-runner/.token"), "0c", "repos/o/r"];
    const { exitCode, stderr } = await execa("sh", [join(dir, "runner.sh"), ...args], {
      input: "",
      reject: false,
    });
    equal(exitCode, 1);
    match(stderr, /^no token came$/m);
    equal(await readFile(join(lib, "github-runner/.token"), "utf8"), "old");
    deepEqual(await readdir(join(lib, "github-runner")), [".token"]);
  });

  for (const name of ["..", ".", "", "../x", "a b", "$(id)"])
    it(`takes no runner "${name}"`, async () => {
      await file("github-runner/x/.runner");
      for (const verb of ["remove", "deliver", "state", "stop"]) {
        const { exitCode, stderr } = await runner(verb, name, join(lib, "token"), "7", "repos/o/r");
        equal(exitCode, 64, verb);
        match(stderr, /^not the name of a runner: /);
      }
      equal(existsSync(join(lib, "important/data")), true);
      equal(existsSync(join(lib, "github-runner/x/.runner")), true);
    });

  it("deletes nothing where a runner's state leads to a folder that is no runner's", async () => {
    await mkdir(join(lib, "github-runner"), { recursive: true });
    await symlink(join(lib, "important"), join(lib, "github-runner/a"));
    const { exitCode, stderr } = await runner("remove", "a", join(lib, "token"), "");
    equal(exitCode, 1);
    match(stderr, /leads to .*important, which is no runner's: nothing in it was deleted/);
    equal(existsSync(join(lib, "important/data")), true);
  });

  async function file(path: string, text = "x"): Promise<void> {
    await mkdir(join(lib, path, ".."), { recursive: true });
    await writeFile(join(lib, path), text);
  }

  /** As systemd does for a unit with a dynamic user: systemd.exec(5), StateDirectory. */
  async function link(name: string): Promise<void> {
    await mkdir(join(lib, "github-runner"), { recursive: true });
    await symlink(`../private/github-runner/${name}`, join(lib, "github-runner", name));
  }

  function runner(...args: string[]) {
    return execa("sh", [join(dir, "runner.sh"), ...args], { input: "token", reject: false });
  }
});
