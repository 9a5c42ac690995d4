import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FatFiles, fatPartition } from "../../../components/images/fat.js";
import { parseImageMarker, unpackBundle } from "../../../components/images/first-boot-bundle.js";
import { type Copy } from "../copy.js";
import { convergedFleet } from "./fleet.js";

// lab-c is built on the NAS, and lab-d, whose card is written here and never booted, on the laptop.
describe("the fleet's images", function () {
  this.timeout(300_000);
  let fleet: Copy;
  let kept: string | undefined;

  before(async function () {
    fleet = await convergedFleet(this);
    kept = await readFile(fleet.stackFile, "utf8");
    await mkdir(join(fleet.dir, "nix/hosts/card"), { recursive: true });
    await motd("first");
    const modules = ["hosts/card/configuration.nix"];
    await fleet.config(["pi-fleet:hosts", "lab-d"], { board: "pi4", modules });
  });
  after(async () => {
    if (!kept) return;
    await writeFile(fleet.stackFile, kept);
    await fleet.up();
    await fleet.nothingToChange();
  });

  const motd = (text: string) =>
    writeFile(
      join(fleet.dir, "nix/hosts/card/configuration.nix"),
      `{ environment.etc.motd.text = ${JSON.stringify(`${text}\n`)}; }\n`,
    );
  const folder = () => join(fleet.dir, ".fleet/images/lab");
  const onCard = async (name: string) => {
    const handle = await open(join(fleet.dir, name));
    try {
      const sector = Buffer.alloc(512);
      await handle.read(sector, 0, sector.length, 0);
      const files = await FatFiles.open(handle, fatPartition(sector));
      const [marker, bundle] = ["pi-fleet/image", "pi-fleet/first-boot.tar"].map((path) => files.read(path));
      return { marker: parseImageMarker((await marker)!), bundle: unpackBundle((await bundle)!) };
    } finally {
      await handle.close();
    }
  };
  const inStack = async () => {
    const { stdout } = await fleet.pulumi("stack", "export");
    const { deployment } = JSON.parse(stdout) as {
      deployment: { resources: { urn: string; inputs?: { environment?: Record<string, string> } }[] };
    };
    return deployment.resources.find(({ urn }) => urn.endsWith("::lab-d-image-file"))!.inputs!.environment!;
  };

  it("are built by flash, on the NAS and here, and written with the bundle of their Pi; the stack is as it was", async () => {
    match(
      await fleet.up(),
      /lab-d is awaiting flash: .* Write its card and boot it: npm run pi -- flash lab-d\./,
    );
    const { exitCode, stdout, stderr } = await fleet.byHand(
      ...["flash", "lab-c", "lab-d", "--device", "lab-c.card", "--device", "lab-d.card"],
    );
    equal(exitCode, 0, stderr);
    const line = (pi: string) =>
      `${pi}\\.card has the image of ${pi}, [\\d.]+ MiB, with its first-boot bundle, and was read back without a fault\\.`;
    match(stdout, new RegExp(`^${line("lab-c")}\n${line("lab-d")}$`));
    match(stderr, /lab-c: building the image of its card on nas\n/);
    match(stderr, /100 % of the image of lab-c is here/);
    match(stderr, /lab-d: building the image of its card on local\n/);

    for (const pi of ["lab-c", "lab-d"]) {
      const { marker, bundle } = await onCard(`${pi}.card`);
      deepEqual(marker, { version: "1", host: pi, stack: "lab" });
      deepEqual([bundle.host, bundle.stack], [pi, "lab"]);
      // It is readable by its owner alone, and is gone before the search for secrets.
      equal((await stat(join(fleet.dir, `${pi}.card`))).mode & 0o777, 0o600);
      await rm(join(fleet.dir, `${pi}.card`));
    }
    // What was copied here may be collected there.
    equal(
      await fleet.onHost("nas", "ls ~builder/.local/state/pi-fleet/roots | grep -c -- -image || true"),
      "0",
    );
    await fleet.nothingToChange();
  });

  it("are built by up when config asks for them: once, until their inputs change", async () => {
    await fleet.config(["pi-fleet:images"], { build: ["lab-d"] });
    deepEqual(await fleet.changed(), ["lab-d-image", "lab-d-image-file"]);
    await fleet.up();
    await fleet.nothingToChange();
    const outputs = await fleet.pulumi("stack", "output", "images", "--json");
    const { "lab-d": image } = JSON.parse(outputs.stdout) as Record<string, Record<string, unknown>>;
    const bytes = await readFile(join(fleet.dir, ".fleet/images/lab/lab-d.img.zst"));
    deepEqual(image, {
      path: ".fleet/images/lab/lab-d.img.zst",
      bytes: bytes.length,
      sha256: createHash("sha256").update(bytes).digest("hex"),
    });

    const { IMAGE: before } = await inStack();
    await motd("second");
    const preview = await fleet.pulumi("preview", "--diff");
    match(preview.out, new RegExp(`IMAGE: "${before}" => "/nix/store/\\S+"`));
    deepEqual(await fleet.changed(), ["lab-d-activation", "lab-d-build", "lab-d-image-file"]);
    // A run for others leaves it as it is.
    const limited = await fleet.lab.exec(["pulumi", "preview", "--expect-no-changes", "--non-interactive"], {
      env: { PI_FLEET_ONLY: "lab-a" },
    });
    equal(limited.exitCode, 0, limited.stdout);
    await fleet.up();
    const { IMAGE: after } = await inStack();
    notEqual(after, before);
    match(await readFile(join(folder(), "lab-d.json"), "utf8"), new RegExp(`"storePath": "${after}"`));
    await fleet.nothingToChange();
  });

  it("that can't be built fail the run, after the systems, and are built by the next one", async () => {
    const file = join(fleet.dir, "nix/hosts/card/configuration.nix");
    const broken =
      '{ environment.etc.motd.text = "third\\n"; sdImage.postBuildCommands = "echo no room; exit 7"; }\n';
    await writeFile(file, broken);
    const { exitCode, out } = await fleet.tryUp();
    notEqual(exitCode, 0);
    match(out, /lab-d: build failed: the build failed on this machine:/);
    deepEqual(await fleet.changed(), ["lab-d-image-file"]);
    await motd("third");
    await fleet.up();
    await fleet.nothingToChange();
  });

  it("are the same bytes when they are built again", async () => {
    const { DRV } = await inStack();
    const { exitCode, stderr } = await fleet.onLaptop("nix", "build", `${DRV}^out`, "--rebuild", "--no-link");
    equal(exitCode, 0, stderr);
  });

  it("go when config asks for them no more", async () => {
    ok(existsSync(join(folder(), "lab-d.img.zst")));
    await fleet.config(["pi-fleet:images"], undefined);
    deepEqual(await fleet.changed(), ["lab-d-image", "lab-d-image-file"]);
    await fleet.up();
    equal(existsSync(join(folder(), "lab-d.img.zst")), false);
    await fleet.nothingToChange();
  });
});
