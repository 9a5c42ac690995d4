import { deepEqual, equal, match, ok } from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packBundle, unpackBundle } from "../../../components/images/first-boot-bundle.js";
import { packTar, unpackTar } from "../../../components/images/tar.js";
import { KeyValues } from "../../../components/shared/key-values.js";
import { aBundle, aFile, FirstBootPi } from "./first-boot-pi.js";

// What first-boot.sh does with a card. That it runs before sshd, on a real card, is for the lab and QEMU.
describe("first-boot.sh", function () {
  this.timeout(240_000);
  let pi: FirstBootPi;
  beforeEach(async () => (pi = await FirstBootPi.make()));
  afterEach(() => pi.remove());

  const onCard = () => pi.files("fat");
  const record = async () => new KeyValues(await pi.text("root/var/lib/pi-fleet/first-boot"));
  const without = ["/pi-fleet/image 644"];
  const inPlace = [
    "/etc/ssh/ssh_host_ed25519_key 600",
    "/etc/ssh/ssh_host_ed25519_key.pub 644",
    "/var/lib/pi-fleet-secrets/wireless.conf 640",
    "/var/lib/pi-fleet/first-boot 644",
  ];

  it("puts each file in its place with its rights, and deletes the bundle", async () => {
    pi.put();
    const { exitCode, all } = await pi.boot();
    equal(exitCode, 0, all);
    deepEqual(await pi.files("root"), inPlace);
    equal(await pi.text("root/etc/ssh/ssh_host_ed25519_key"), "the private key\n");
    equal(await pi.text("root/var/lib/pi-fleet-secrets/wireless.conf"), "psk=x y\n");
    deepEqual(await onCard(), without);
    deepEqual(await pi.files("run"), []);
    const { owner, group } = aFile();
    match(
      await pi.text("chowned"),
      new RegExp(`^${owner}:${group} .*/etc/ssh/\\.ssh_host_ed25519_key\\.`, "m"),
    );
    match(all, /^the first-boot bundle is in place: \/etc\/ssh\/ssh_host_ed25519_key /);
    ok(!/the private key|psk=/.test(all + String(await pi.text("root/var/lib/pi-fleet/first-boot"))));
    const written = await record();
    deepEqual(
      ["VERSION", "RESULT", "HOST", "STACK"].map((key) => written.one(key)),
      ["1", "consumed", "pi4", "dev"],
    );
    deepEqual(
      written.all("FILE"),
      aBundle()
        .files.filter((file) => !file.provisioning)
        .map(({ path }) => path),
    );
  });

  it("finds the card by the disk that the system is on, whatever its minors are and others' labels", async () => {
    await pi.boot();
    match(await pi.text("mounted"), /^-t vfat -o ro,umask=0077 \/dev\/mmcblk1p1 /);
    pi.program("findmnt", 'case $* in *" /") echo 0:28 ;; *) echo 179:98 ;; esac');
    await pi.boot();
    equal((await pi.text("mounted")).split("\n").filter((line) => line.includes("/dev/mmcblk1p1")).length, 2);
    pi.program("findmnt", "echo 0:28");
    const { exitCode, all } = await pi.boot();
    equal(exitCode, 0);
    match(all, /the system is on no disk with a first partition/);
    rmSync(join(pi.dir, "root/sys/block/mmcblk1/mmcblk1p1"), { recursive: true });
    pi.program("findmnt", "echo 179:98");
    match((await pi.boot()).all, /the system is on no disk with a first partition/);
  });

  it("takes a card that is mounted elsewhere for writing, and leaves one alone that is no FAT", async () => {
    pi.put();
    pi.program(
      "mount",
      `case $* in *ro,*) exit 32 ;; esac
      echo rw >${pi.dir}/card-mode; [ "$2" != vfat ] || { rmdir "$6" && ln -s ${pi.dir}/fat "$6"; }`,
    );
    equal((await pi.boot()).exitCode, 0);
    deepEqual(await onCard(), without);
    pi.program("mount", "echo 'wrong fs type' >&2; exit 32");
    const { exitCode, all } = await pi.boot();
    equal(exitCode, 0);
    match(all, /no first-boot bundle is looked for, since \/dev\/mmcblk1p1 can't be mounted: wrong fs type/);
  });

  it("writes nothing when there is no bundle", async () => {
    const { exitCode, all } = await pi.boot();
    deepEqual([exitCode, all], [0, ""]);
    deepEqual([await pi.files("root"), await onCard()], [[], without]);
    match(await pi.text("card-mode"), /ro/);
  });

  const damaged = (text: string) => {
    const bytes = packBundle(aBundle());
    bytes[bytes.indexOf(text)] = 0x58;
    return bytes;
  };
  const later = packTar(
    [...unpackTar(packBundle(aBundle()))].map(([name, content]) => ({
      name,
      content: Buffer.from(String(content).replace("VERSION=1", "VERSION=2")),
    })),
  );
  const refusals: Record<string, [put: () => void, host: string, why: RegExp]> = {
    "of another Pi": [
      () => pi.put({ host: "pi5" }),
      "pi4",
      /^it is of pi5 in the stack dev, and this system is pi4$/,
    ],
    "of another Pi, in an image that has taken its first system since": [
      () => {
        pi.marker("VERSION=1\nHOST=pi5\nSTACK=dev\n");
        pi.put();
      },
      "pi4",
      /^it is of pi4 in the stack dev, and the card's image is of pi5$/,
    ],
    "of another stack": [
      () => {
        pi.marker("VERSION=1\nSTACK=prod\n");
        pi.put();
      },
      "",
      /^it is of pi4 in the stack dev, and the card's image is of the stack prod$/,
    ],
    "on a card whose image says nothing": [
      () => {
        rmSync(join(pi.dir, "fat/pi-fleet/image"));
        pi.put();
      },
      "pi4",
      /and the card has no pi-fleet\/image, which would say whose image it is$/,
    ],
    "of a later version": [
      () => pi.put(later),
      "pi4",
      /^it has the version 2, and this system reads version 1: /,
    ],
    "whose file is damaged": [() => pi.put(damaged("psk=")), "pi4", /^it is damaged: its checksums differ$/],
    "whose manifest is damaged": [
      () => pi.put(damaged("HOST=")),
      "pi4",
      /^it is damaged: its checksums differ$/,
    ],
    "that was cut short": [
      () => pi.put(packBundle(aBundle()).subarray(0, 3000)),
      "pi4",
      /^it is damaged: its tar can't be read$/,
    ],
    "that is no tar": [() => pi.put(Buffer.from("hello")), "pi4", /^it is damaged: its tar can't be read$/],
    "that is too large": [() => pi.put(Buffer.alloc(5 << 20)), "pi4", /^it is larger than a bundle can be$/],
  };
  for (const [name, [put, host, why]] of Object.entries(refusals))
    it(`leaves a bundle on the card ${name}, and says so`, async () => {
      put();
      const card = await onCard();
      const { exitCode, all } = await pi.boot({ host });
      equal(exitCode, 0);
      match(all, /^the first-boot bundle stays on the card: it /);
      deepEqual([await pi.files("root"), await pi.files("run")], [["/var/lib/pi-fleet/first-boot 644"], []]);
      deepEqual(await onCard(), card);
      const written = await record();
      equal(written.one("RESULT"), "refused");
      match(written.one("PROBLEM"), why);
    });

  it("puts more in place in a provisioning image, which is nobody's", async () => {
    pi.marker("VERSION=1\n");
    pi.put();
    equal((await pi.boot({ host: "" })).exitCode, 0);
    deepEqual(await pi.files("root"), [
      ...inPlace.slice(0, 2),
      "/var/lib/pi-fleet-secrets/wireless.conf 640",
      "/var/lib/pi-fleet/first-boot 644",
      "/var/lib/pi-fleet/provisioned/identity 644",
    ]);
  });

  it("leaves a file with root, for nobody else to read, while its owner does not exist", async () => {
    pi.put({ files: [aFile({ owner: "absent", mode: "0440", path: "/var/lib/pi-fleet-secrets/token" })] });
    const { exitCode, all } = await pi.boot();
    equal(exitCode, 0);
    match(all, /^\/var\/lib\/pi-fleet-secrets\/token stays root's: chown: invalid user: absent/m);
    ok((await pi.files("root")).includes("/var/lib/pi-fleet-secrets/token 600"));
    deepEqual((await record()).all("ROOTS"), ["/var/lib/pi-fleet-secrets/token"]);
  });

  it("never lets others read a file that is on its way", async () => {
    pi.put({ files: [aFile({ mode: "0644", path: "/etc/key" })] });
    // A power cut left it with other rights.
    mkdirSync(join(pi.dir, "root/etc"));
    writeFileSync(join(pi.dir, "root/etc/.key.first-boot"), "", { mode: 0o644 });
    // Whoever looks at the moment when the file gets its owner sees one that is for its owner alone.
    pi.program("chown", `stat -c %a "$2" >>${pi.dir}/modes`);
    await pi.boot();
    equal(await pi.text("modes"), "600\n");
  });

  it("has each file on the card before its name, and all of them before the bundle goes", async () => {
    pi.put({ files: [aFile({ path: "/etc/key" })] });
    await pi.boot();
    const order = (await pi.text("order")).replaceAll(pi.dir, "").trim().split("\n");
    const [key, record] = ["/root/etc/.key.first-boot", "/root/var/lib/pi-fleet/first-boot.new"];
    const recorded = [
      `sync ${record}`,
      `mv -fT ${record} ${record.slice(0, -4)}`,
      "sync /root/var/lib/pi-fleet",
    ];
    deepEqual(order, [
      ...[`sync ${key}`, `mv -fT ${key} /root/etc/key`, "sync /root/etc"],
      "sync ",
      ...recorded,
      "shred --iterations=0 --zero /run/work/card/pi-fleet/first-boot.tar",
      "sync -f /run/work/card",
      ...recorded,
    ]);
  });

  it("runs what has to follow, and goes on without it when that fails", async () => {
    pi.program("decrypt", `echo decrypted >>${pi.dir}/after; exit 1`);
    pi.put();
    const after = join(pi.dir, "bin/decrypt");
    const { exitCode, all } = await pi.boot({ after });
    equal(exitCode, 0);
    match(all, /after the first-boot bundle, this failed: .*decrypt/);
    await pi.boot({ after });
    equal(await pi.text("after"), "decrypted\n");
    deepEqual(await onCard(), without);
  });

  it("does not put an old secret in place of a newer one when the bundle could not be deleted", async () => {
    pi.put();
    pi.program("shred", "exit 1");
    equal((await pi.boot()).exitCode, 1);
    equal((await record()).one("RESULT"), "placed");
    const secret = "root/var/lib/pi-fleet-secrets/wireless.conf";
    writeFileSync(join(pi.dir, secret), "psk=newer\n");
    pi.program("shred", 'exec /usr/bin/shred "$@"');
    equal((await pi.boot()).exitCode, 0);
    deepEqual([await onCard(), (await record()).one("RESULT")], [without, "consumed"]);
    equal(await pi.text(secret), "psk=newer\n");
  });

  it("ends to delete a bundle that the power left half overwritten", async () => {
    pi.put();
    pi.program(
      "shred",
      `for file; do :; done; dd if=/dev/zero of="$file" bs=512 count=4 conv=notrunc; kill -9 0`,
    );
    equal((await pi.boot()).signal, "SIGKILL");
    equal((await record()).one("RESULT"), "placed");
    pi.program("shred", 'exec /usr/bin/shred "$@"');
    equal((await pi.boot()).exitCode, 0);
    deepEqual([await onCard(), (await record()).one("RESULT")], [without, "consumed"]);
  });

  it("keeps a new bundle that memory has no room for, and takes it at the next boot", async () => {
    pi.program("shred", "exit 1");
    pi.put();
    await pi.boot();
    equal((await record()).one("RESULT"), "placed");
    pi.put({ host: "pi4", user: "other" });
    pi.program(
      "tar",
      'case $1 in -xf) echo "tar: cannot write: No space left" >&2; exit 2 ;; esac; exec /usr/bin/tar "$@"',
    );
    const { all } = await pi.boot();
    match(all, /stays on the card: it can't be unpacked in \S+\/work: tar: cannot write: No space left/);
    ok(existsSync(join(pi.dir, "fat/pi-fleet/first-boot.tar")));
    rmSync(join(pi.dir, "bin/tar"));
    rmSync(join(pi.dir, "bin/shred"));
    await pi.boot();
    deepEqual([await onCard(), (await record()).one("RESULT")], [without, "consumed"]);
  });

  it("writes nothing outside the paths that a bundle names", async () => {
    const members = unpackTar(packBundle({ ...aBundle(), files: [aFile({ path: "/var/lib/nowhere/x" })] }));
    members.set("manifest", Buffer.from(String(members.get("manifest")).replace("/nowhere/", "/../../")));
    const hash = (content: Buffer) => createHash("sha256").update(content).digest("hex");
    const sums = ["manifest", "files/0"].map((name) => `${hash(members.get(name)!)}  ${name}\n`);
    members.set("SHA256SUMS", Buffer.from(sums.join("")));
    pi.put(packTar([...members].map(([name, content]) => ({ name, content }))));
    const { exitCode, all } = await pi.boot();
    equal(exitCode, 1);
    match(all, /the first-boot bundle has a file for \/var\/lib\/\.\.\/\.\.\/x, which is not a path/);
    deepEqual(await pi.files("root"), []);
  });

  /** `npm run faults` sets it: each step, not every third one. */
  const everyStep = process.env["PI_FLEET_FAULTS"] === "all";
  it("leaves nothing behind and nothing out when the power goes away at any moment", async () => {
    const files = aBundle().files.slice(2);
    pi.put({ files });
    pi.cutPowerBefore(0);
    pi.marker("VERSION=1\n");
    await pi.boot({ host: "" });
    const steps = Number(await pi.text("count"));
    const whole = await pi.files("root");
    ok(steps > 25, `only ${steps} steps`);
    for (let step = 1; step <= steps; step += everyStep ? 1 : 3) {
      await pi.remove();
      pi = await FirstBootPi.make();
      pi.marker("VERSION=1\n");
      pi.put({ files });
      pi.cutPowerBefore(step);
      equal((await pi.boot({ host: "" })).signal, "SIGKILL");
      const bundle = join(pi.dir, "fat/pi-fleet/first-boot.tar");
      const placed = (await pi.files("root")).filter((line) => !line.includes("/.")).length >= whole.length;
      if (!placed) unpackBundle(Buffer.from(await pi.text(bundle.slice(pi.dir.length + 1)), "latin1"));
      pi.cutPowerBefore(0);
      const { exitCode, all } = await pi.boot({ host: "" });
      equal(exitCode, 0, `after a power cut before step ${step}: ${all}`);
      deepEqual(await pi.files("root"), whole, `after a power cut before step ${step}`);
      equal((await record()).one("RESULT"), "consumed");
      equal(existsSync(bundle), false);
    }
  });
});
