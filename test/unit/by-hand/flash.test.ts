import { deepEqual, doesNotMatch, equal, match, ok } from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { FatFiles, fatPartition } from "../../../components/images/fat.js";
import { unpackBundle } from "../../../components/images/first-boot-bundle.js";
import { markedImage } from "../images/marked-image.js";
import { Recorder } from "../recorder.js";
import { atTerminal } from "./at-terminal.js";
import { environmentOf, timeouts } from "../steps/command.js";

const pi = resolve(import.meta.dirname, "../../../pi.js");
const privateKey = "-----BEGIN OPENSSH PRIVATE KEY-----\nof a test\n-----END OPENSSH PRIVATE KEY-----\n";
const secrets = [
  { path: "/var/lib/pi-fleet-secrets/token", content: "a token", owner: "me", group: "root", mode: "0400" },
];
const firstBoot = {
  ...{ hostPrivateKey: privateKey, hostPublicKey: "ssh-ed25519 AAAA", user: "pi" },
  ...{ authorizedKeys: ["ssh-ed25519 BBBB"], secrets },
};

describe("flash PI", function () {
  this.timeout(60_000);
  let dir: string;
  let recorder: Recorder;

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), "pi-fleet-cards-"));
    engineAnswers(["a", "b"].map((pi) => step(`${pi}-image-file`, wanted(pi))));
    for (const pi of ["a", "b"]) await keep(pi, `VERSION=1\nHOST=${pi}\nSTACK=dev\n`);
  });
  afterEach(() => {
    recorder.remove();
    rmSync(dir, { recursive: true });
  });

  const engineAnswers = (steps: readonly unknown[]) => {
    recorder = new Recorder(["pulumi", "nix"]);
    recorder.answer("pulumi", { when: "--show-name", stdout: "organization/project/dev\n" });
    const runner = { tokenFile: "/var/lib/github-runner/.t", registration: "ab", justInTime: false };
    const outputs = {
      ...{ pis: { a: {}, b: {}, adopted: {} }, firstBoot: { a: firstBoot, b: firstBoot } },
      fleetJson: JSON.stringify({ hosts: { a: { runners: [{ name: "r", ...runner }] } } }),
    };
    recorder.answer("pulumi", { when: "stack output", stdout: JSON.stringify(outputs) });
    recorder.answer("pulumi", { when: "preview", stdout: JSON.stringify({ steps }) });
  };
  const step = (name: string, environment: unknown) => ({
    urn: `urn:pulumi:dev::p::pi-fleet:index:SdImage$command:local:Command::${name}`,
    newState: { inputs: { environment } },
  });
  const wanted = (name: string) =>
    environmentOf({
      ...{ pi: name, buildHost: { name: "local", config: { kind: "local" } }, timeouts },
      ...{ drv: `/nix/store/${name}.drv`, image: `/nix/store/${name}`, evaluationFault: "" },
      imageFolder: ".fleet/images/dev",
    });
  /** An image that was built before. */
  const keep = async (pi: string, marker: string) => {
    const image = await markedImage(dir, marker);
    const folder = join(dir, ".fleet/images/dev");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${pi}.img`), image);
    const sha256 = createHash("sha256").update(image).digest("hex");
    const note = { storePath: `/nix/store/${pi}`, file: `${pi}.img`, bytes: image.length, sha256 };
    writeFileSync(join(folder, `${pi}.json`), JSON.stringify(note));
  };
  const flash = (...words: string[]) =>
    execa(process.execPath, [pi, "flash", ...words], {
      ...{ reject: false, stdin: "ignore", cwd: dir, env: { npm_lifecycle_event: "pi" } },
    });
  const refused = async (told: string | RegExp, ...words: string[]) => {
    const { exitCode, stdout, stderr } = await flash(...words);
    deepEqual([exitCode, stdout], [1, ""], stderr);
    if (typeof told === "string") equal(stderr, told);
    else match(stderr, told);
  };
  const onCard = async (card: string) => {
    const handle = await open(join(dir, card));
    const bundle = await (
      await FatFiles.open(handle, fatPartition(readFileSync(join(dir, card))))
    ).read("pi-fleet/first-boot.tar");
    await handle.close();
    return unpackBundle(bundle!);
  };

  it("writes the Pi's own image with its bundle, and says so in one line", async () => {
    const { exitCode, stdout, stderr } = await flash("a", "--device", "card.img");
    equal(exitCode, 0, stderr);
    equal(
      stdout,
      `card.img has the image of a, 19.0 MiB, with its first-boot bundle, and was read back without a fault.`,
    );
    const { host, stack, user, files } = await onCard("card.img");
    deepEqual([host, stack, user], ["a", "dev", "pi"]);
    const [key, token] = [0, 2].map((index) => files[index]!);
    deepEqual(
      [key!.path, key!.mode, String(key!.content)],
      ["/etc/ssh/ssh_host_ed25519_key", "0600", privateKey],
    );
    deepEqual([token!.path, token!.owner, String(token!.content)], [secrets[0]!.path, "me", "a token"]);
    // It was kept already.
    equal(recorder.calls().filter(({ program }) => program === "nix").length, 0);
    const argvs = recorder.calls().map(({ argv }) => argv.join(" "));
    ok(!argvs.join().includes("token"));
  });

  it("gives the card the token of its runner, from a file that has one and nothing else", async () => {
    writeFileSync(join(dir, "token"), "AAAATOKEN\n");
    equal((await flash("a", "--device", "card.img", "--runner-token", "token")).exitCode, 0);
    const { files } = await onCard("card.img");
    equal(String(files.find(({ path }) => path === "/var/lib/github-runner/.t")?.content), "AAAATOKEN");
    ok(!JSON.stringify(recorder.calls()).includes("AAAATOKEN"));
    writeFileSync(join(dir, "token"), "two words\n");
    const { stderr } = await flash("a", "--device", "card.img", "--runner-token", "token");
    match(stderr, /--runner-token token has to have one token, as GitHub shows it for a new runner\./);
  });

  it("writes several cards, each the one of its Pi", async () => {
    const { exitCode, stdout, stderr } = await flash("a", "b", "--device", "one", "--device", "two");
    equal(exitCode, 0, stderr);
    deepEqual(stdout.match(/^\w+ has the image of \w+/gm), [
      "one has the image of a",
      "two has the image of b",
    ]);
    deepEqual([(await onCard("one")).host, (await onCard("two")).host], ["a", "b"]);
    equal(recorder.calls().filter(({ argv }) => argv.includes("preview")).length, 1);
  });

  it("writes one provisioning image to the cards of a board, each with the bundle of its Pi", async () => {
    const name = "provisioning-pi4";
    const steps = ["a", "b"].flatMap((pi) => [
      step(`${pi}-image-file`, { ...wanted(name), PI: pi }),
      step(`${pi}-activation`, environmentOf({ reboot: { when: "never", limit: 600, board: "pi4" } })),
    ]);
    recorder.remove();
    engineAnswers(steps);
    await keep(name, "VERSION=1\n");
    const devices = ["--device", "one", "--device", "two"];
    const { exitCode, stderr } = await flash("a", "b", "--provisioning", ...devices);
    equal(exitCode, 0, stderr);
    deepEqual([(await onCard("one")).host, (await onCard("two")).host], ["a", "b"]);
    deepEqual(
      readFileSync(join(dir, "one")).subarray(0, 512),
      readFileSync(join(dir, "two")).subarray(0, 512),
    );
    const { env } = recorder.calls().find(({ argv }) => argv.includes("preview"))!;
    equal(env["PI_FLEET_IMAGES"], "provisioning:a,b");
  });

  it("gives a Pi's bundle to an image that is named, when that is for this Pi", async () => {
    writeFileSync(join(dir, "any.img"), await markedImage(dir, "VERSION=1\nSTACK=dev\n"));
    const { exitCode, stderr } = await flash("b", "--image", "any.img", "--device", "card");
    equal(exitCode, 0, stderr);
    equal((await onCard("card")).host, "b");
    equal(recorder.calls().filter(({ argv }) => argv.includes("preview")).length, 0);
    await refused(
      ".fleet/images/dev/a.img is not for this card: the image is a's, and the bundle b's.",
      ...["b", "--image", ".fleet/images/dev/a.img", "--device", "other"],
    );
    equal(existsSync(join(dir, "other")), false);
  });

  it("needs a terminal to ask for cards, one after another", () =>
    refused(
      /^Nothing was written: cards that are changed in one reader are asked for, which needs a terminal\. Give a --device for each Pi/,
      ...["a", "b", "--device", "one", "--yes"],
    ));

  it("asks for each card that is changed in one reader, and writes it as it comes", async () => {
    const { exitCode, shown } = await atTerminal(
      [process.execPath, pi, "flash", "a", "b", "--device", "card"],
      [
        ["Put in the card of a, then press Enter: ", ""],
        ["Take the card out. Put in the card of b, then press Enter: ", ""],
      ],
      dir,
    );
    equal(exitCode, 0, shown);
    match(shown, /^card has the image of a, [^]* of b, then press Enter: [^]*^card has the image of b, /m);
    equal((await onCard("card")).host, "b");
  });

  it("ends in words at ctrl-C and ctrl-D", async () => {
    for (const key of ["\u0003", "\u0004"]) {
      const { exitCode, shown } = await atTerminal(
        [process.execPath, pi, "flash", "a", "b", "--device", "card"],
        [["Put in the card of a, then press Enter: ", key]],
        dir,
      );
      equal(exitCode, 1, shown);
      match(shown, /\nStopped: nothing else was written\.\n/);
      doesNotMatch(shown, /Error/);
      equal(existsSync(join(dir, "card")), false);
    }
  });

  it("needs a device, before anything is built", async () => {
    await refused("Nothing was written. Name the card: --device /dev/…", "a");
    await refused("There is no /dev/sdzz: is the card in the reader?", "a", "--device", "/dev/sdzz");
    deepEqual(recorder.calls(), []);
  });

  it("knows why a Pi has no keys for a card", async () => {
    await refused(
      /^adopted is adopted: config pins its hostKey, whose private half the stack does not have, .* take hosts\.adopted\.hostKey out/,
      ...["adopted", "--device", "card"],
    );
    await refused(
      'The stack has made no keys for a Pi "aa" — did you mean "a"? pulumi up makes those of each Pi in config. There are: a, b, adopted',
      ...["a", "aa", "--device", "x", "--device", "y"],
    );
    equal(existsSync(join(dir, "x")), false);
  });

  it("does not erase a card for an image that can't be built", async () => {
    rmSync(join(dir, ".fleet"), { recursive: true });
    recorder.answer("nix", { exitCode: 1, stderr: "error: it broke\n" });
    await refused(/the build failed on this machine:\nerror: it broke$/, "a", "--device", "card");
    equal(existsSync(join(dir, "card")), false);
  });
});
