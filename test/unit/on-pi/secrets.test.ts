import { deepEqual, equal, match } from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { onPiScript } from "../../../components/on-pi/scripts.js";

// What secrets.sh takes, and which files it leaves. It runs with a folder of ours in place of the Pi's, and with a
// systemctl that knows no unit. That units are restarted is the lab's (test/lab/fleet/secrets.test.ts).
describe("secrets.sh", () => {
  const me = userInfo().username;
  let dir: string;
  let secrets: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "pi-fleet-secrets-"));
    secrets = join(dir, "secrets");
    const script = onPiScript("secrets.sh")
      .replace(/^dir=.*$/m, `dir=${secrets}`)
      .replace(/^PATH=.*$/m, `PATH=${dir}/bin:/usr/bin:/bin`);
    await writeFile(join(dir, "secrets.sh"), script);
    await mkdir(join(dir, "bin"));
    await writeFile(join(dir, "bin/systemctl"), "#!/bin/sh\nexit 3\n", { mode: 0o755 });
  });

  afterEach(() => rm(dir, { recursive: true }));

  it("puts files in place for their activation alone, with their rights", async () => {
    await staged("for id 1", file("token", "word"));
    await run("apply", "id 2");
    await run("commit", "id 2");
    deepEqual(await there(), []);
    await run("apply", "id 1");
    deepEqual(await there(), ["token"]);
    equal(await content("token"), "word");
    equal((await stat(join(secrets, "token"))).mode & 0o777, 0o400);
    await run("commit", "id 1");
    match(await content(".delivered"), /^token mark-token 4 \d+\n$/);
  });

  it("takes back what is not wanted any more, and keeps what a person has put there", async () => {
    await staged("for id 1", file("a", "1"), file("b", "2"), file("c", "3"));
    await run("commit", "id 1");
    await staged("for id 2", file("a", "1"), "keep b");
    await run("commit", "id 2");
    deepEqual(await there(), ["a", "b"]);
  });

  it("puts back what was there when the system returns, also a file that was not there", async () => {
    await staged("for id 1", file("a", "old"));
    await run("commit", "id 1");
    await staged("for id 2", file("a", "new"), file("b", "new"));
    await run("apply", "id 2");
    deepEqual([await content("a"), await there()], ["new", ["a", "b"]]);
    await run("undo");
    deepEqual([await content("a"), await there()], ["old", ["a"]]);
    await run("commit", "id 2");
    equal(await content("a"), "old");
  });

  it("replaces a file as a whole: who has the old one open reads the old one to its end", async () => {
    await staged("for id 1", file("a", "old"));
    await run("commit", "id 1");
    const { ino } = await stat(join(secrets, "a"));
    await staged("for id 2", file("a", "new"));
    await run("commit", "id 2");
    equal((await stat(join(secrets, "a"))).ino === ino, false);
  });

  const refused: Record<string, [lines: string[], words: RegExp]> = {
    "what did not arrive whole": [["for id 1", file("a", "x")], /did not arrive whole/],
    "a name that leads out": [["for id 1", file("../a", "x"), "end"], /not a name of a secret: \.\.\/a/],
    "a name of its own files": [["for id 1", file(".delivered", "x"), "end"], /not a name of a secret/],
    "a name to keep that leads out": [["for id 1", "keep ../a", "end"], /not a name of a secret/],
    "a name that is an option": [["for id 1", file("-rf", "x"), "end"], /not a name of a secret/],
    "a file for everybody": [["for id 1", file("a", "x", "0444"), "end"], /not a mode of a secret: 0444/],
    "a file to be executed": [["for id 1", file("a", "x", "0500"), "end"], /not a mode of a secret: 0500/],
    "a mode of four other digits": [["for id 1", file("a", "x", "4400"), "end"], /not a mode of a secret/],
    "an owner that is more than a name": [
      ["for id 1", file("a", "x", "0400", "root:x"), "end"],
      /not an owner and group/,
    ],
    "a unit that is an option": [
      ["for id 1", `${file("a", "x")} --host=x.service`, "end"],
      /not a unit|unit/,
    ],
  };
  for (const [what, [lines, words]] of Object.entries(refused))
    it(`takes not ${what}, and leaves nothing of it`, async () => {
      const { exitCode, stderr } = await secretsSh(["stage"], `${lines.join("\n")}\n`);
      equal(exitCode === 0, false);
      match(stderr, words);
      await run("apply", "id 1");
      await run("commit", "id 1");
      deepEqual(
        [await readdir(secrets), (await readdir(dir)).sort()],
        [[], ["bin", "secrets", "secrets.sh"]],
      );
    });

  it("takes nothing while another activation is under way", async () => {
    await staged("for id 1", file("a", "x"));
    await writeFile(join(dir, "bin/systemctl"), "#!/bin/sh\nexit 0\n");
    const { exitCode, stderr } = await secretsSh(["stage"], "for id 2\nend\n");
    equal(exitCode, 1);
    match(stderr, /another activation is under way/);
    await run("commit", "id 1");
    deepEqual(await there(), ["a"]);
  });

  function file(name: string, text: string, mode = "0400", owner = me): string {
    return `file ${name} mark-${name} ${owner} ${owner} ${mode} ${Buffer.from(text).toString("base64")}`;
  }

  async function staged(...lines: string[]): Promise<void> {
    const { exitCode, stderr } = await secretsSh(["stage"], `${lines.join("\n")}\nend\n`);
    equal(exitCode, 0, stderr);
  }

  async function run(...args: string[]): Promise<void> {
    const { exitCode, stderr } = await secretsSh(args);
    equal(exitCode, 0, stderr);
  }

  function secretsSh(args: string[], input = "") {
    return execa("sh", [join(dir, "secrets.sh"), ...args], { input, reject: false });
  }

  async function there(): Promise<string[]> {
    return (await readdir(secrets)).filter((name) => !name.startsWith(".")).sort();
  }

  function content(name: string): Promise<string> {
    return readFile(join(secrets, name), "utf8");
  }
});
