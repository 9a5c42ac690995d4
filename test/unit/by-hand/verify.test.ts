import { deepEqual, equal, match, rejects, throws } from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { readStackFacts } from "../../../components/by-hand/stack-facts.js";
import { verifyByHand, verifyWords } from "../../../components/by-hand/verify.js";
import { toplevel, writeCard } from "../images/card-image.js";
import { Recorder } from "../recorder.js";

describe("pi-fleet verify", function () {
  this.timeout(30_000);
  let recorder: Recorder;
  let dir: string;
  let image: string;
  beforeEach(() => {
    recorder = new Recorder(["pulumi"]);
    dir = mkdtempSync(join(tmpdir(), "pi-fleet-verify-"));
    image = join(dir, "pi4.img");
  });
  afterEach(() => {
    recorder.remove();
    rmSync(dir, { recursive: true });
  });

  const stackHas = (config: unknown) => {
    recorder.answer("pulumi", { when: "stack --show-name", stdout: "dev" });
    recorder.answer("pulumi", { when: "config --json", stdout: JSON.stringify(config) });
  };
  const hosts = { pi4: { board: "pi4" }, pi5: { board: "pi5", runners: [] } };
  const call = (...words: string[]) =>
    execa(process.execPath, [resolve(import.meta.dirname, "../../../pi.js"), "verify", ...words], {
      ...{ reject: false, stdin: "ignore", cwd: dir },
    });

  it("says of a good image in one line that it is good, and then what is on it", async () => {
    stackHas({ "pi-fleet:hosts": { value: JSON.stringify(hosts), secret: false } });
    await writeCard(image);
    const { exitCode, stdout, stderr } = await call("pi4.img", "pi4");
    equal(exitCode, 0, stderr);
    deepEqual(stdout.split("\n"), [
      "pi4.img is good.",
      "  host     pi4 of the stack dev",
      "  boards   pi3, pi4, pi5, zero2w",
      "  size     26.0 MiB",
      `  toplevel ${toplevel}`,
      "  state    not booted yet",
    ]);
  });

  it("says all that is wrong, each with what to do, and fails", async () => {
    stackHas({ "pi-fleet:hosts": { objectValue: hosts } });
    await writeCard(image, { root: { "/nix-path-registration": undefined } });
    const { exitCode, stderr } = await call("pi4.img", "pi5");
    equal(exitCode, 1);
    match(
      stderr,
      /^pi4\.img has 2 faults:\n- Its closure is not registered: [^\n]+\. Build the image again [^\n]+\.\n/,
    );
    match(stderr, /\n- It is the image of pi4, not of pi5\. Build its image anew: [^\n]+\.$/);
  });

  it("says that a filesystem is damaged when libext2fs breaks on it", async () => {
    await writeCard(image, { bend: (card, root) => card.fill(0xff, root + 2048, root + 3072) });
    const { exitCode, stderr } = await call("pi4.img");
    equal(exitCode, 1);
    match(stderr, /^pi4\.img has a fault:\n- Its ext4 filesystem can't be read \(.+\): it is damaged\./);
  });

  it("tells what it can't look into", async () => {
    const cases: [string[], RegExp][] = [
      [[], /^UserError: verify needs what to look into/],
      [["a", "b", "c"], /verify does not take "c"/],
      [[join(dir, "none.img")], /The image can't be read: ENOENT/],
      [["--bord", "pi4", "x"], /verify: Unknown option '--bord'/],
      [["--board", "pi44", "x"], /--board: there is no board "pi44" — did you mean "pi4"\?/],
    ];
    for (const [words, told] of cases) await rejects(verifyByHand(words), told);
    await writeCard(image);
    for (const device of ["/dev/nosuch", image])
      await rejects(
        verifyByHand([image, "--device", device]),
        /^UserError: (There is no \/dev\/nosuch|.*pi4\.img is no disk of this machine)/,
      );
  });
});

describe("what a card has to fit", () => {
  let recorder: Recorder;
  beforeEach(() => {
    recorder = new Recorder(["pulumi"]);
    recorder.answer("pulumi", { when: "stack --show-name", stdout: "dev" });
  });
  afterEach(() => recorder.remove());
  const configIs = (config: unknown) =>
    recorder.answer("pulumi", { when: "config --json", stdout: JSON.stringify(config) });

  it("is read from the stack's config, without its secrets", async () => {
    configIs({
      "pi-fleet:hosts": { value: '{"a":{"board":"pi5"}}' },
      "pi-fleet:githubToken": { secret: true },
    });
    deepEqual(await readStackFacts("a"), { stack: "dev", board: "pi5" });
    equal(
      recorder.calls().some((call) => JSON.stringify(call).includes("--show-secrets")),
      false,
    );
  });

  it("is read from the file with the hosts too", async () => {
    const dir = mkdtempSync(join(tmpdir(), "pi-fleet-verify-"));
    try {
      writeFileSync(join(dir, "hosts.yaml"), "b:\n  board: zero2w\n");
      configIs({ "pi-fleet:hostsFile": { value: join(dir, "hosts.yaml") } });
      deepEqual(await readStackFacts("b"), { stack: "dev", board: "zero2w" });
      await rejects(readStackFacts("bb"), /There is no Pi "bb" — did you mean "b"\? There are: b$/);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it("can't be read from a file that is not there", async () => {
    configIs({ "pi-fleet:hostsFile": { value: "none.yaml" } });
    await rejects(readStackFacts("b"), /^UserError: pi-fleet:hostsFile: none\.yaml can't be read: ENOENT/);
  });

  it("can't be read from a config without hosts", async () => {
    configIs({});
    await rejects(readStackFacts("a"), /config can't be read for the board of a Pi: pulumi preview says why/);
  });

  it("may be named in words", () => {
    deepEqual(verifyWords(["x.img", "pi4", "--board", "pi3", "--device", "/dev/sdb"]), {
      ...{ path: "x.img", pi: "pi4", board: "pi3", device: "/dev/sdb" },
    });
    throws(() => verifyWords(["x", "--board"]), /verify: /);
  });
});
