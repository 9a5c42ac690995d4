import { equal, match } from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { newSshKeys } from "../ssh-keys.js";

const checkout = resolve(import.meta.dirname, "../..");

// The published package in a program of somebody's own: no sources of ours, no index.ts, no esbuild.
describe("the package as a library", function () {
  this.timeout(180_000);
  let dir: string;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "pi-fleet-library-"));
    const modules = join(dir, "node_modules");
    await mkdir(join(modules, "pi-fleet"), { recursive: true });
    await execa("npm", ["pack", "--silent", "--pack-destination", dir], { cwd: checkout });
    const archive = (await readdir(dir)).find((name) => name.endsWith(".tgz")) ?? "";
    await execa("tar", ["xzf", join(dir, archive), "-C", join(modules, "pi-fleet"), "--strip-components=1"]);
    for (const name of await readdir(join(checkout, "node_modules"))) {
      if (!["esbuild", ".cache", ".bin"].includes(name)) {
        await symlink(join(checkout, "node_modules", name), join(modules, name));
      }
    }
    await writeFile(join(dir, "package.json"), JSON.stringify({ name: "own", type: "module" }));
    await writeFile(join(dir, "index.ts"), program);
  });

  after(async () => {
    await rm(dir, { recursive: true, force: true });
    await rm(join(checkout, "dist"), { recursive: true, force: true });
  });

  it("brings its types", async () => {
    const tsc = join(checkout, "node_modules/typescript/bin/tsc");
    const options = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--target", "es2022"];
    const { exitCode, stdout } = await execa(process.execPath, [tsc, ...options, "index.ts"], {
      cwd: dir,
      reject: false,
    });
    equal(exitCode, 0, stdout);
  });

  it("registers a Pi under somebody's own stack", async () => {
    const { stdout } = await execa(process.execPath, ["--import", "tsx", "index.ts"], { cwd: dir });
    equal(
      // Without an engine, what a person is told goes there too.
      stdout
        .split("\n")
        .filter((line) => !line.startsWith("info: "))
        .sort()
        .join("\n"),
      [
        "bench-activation command:local:Command",
        "bench-build command:local:Command",
        "bench pi-fleet:index:Pi",
        "build-host-nas pi-fleet:index:BuildHost",
        "keys pi-fleet:index:SshKeys",
        "keys-deploy tls:index/privateKey:PrivateKey",
        "keys-host-bench tls:index/privateKey:PrivateKey",
      ]
        .sort()
        .join("\n"),
    );
  });

  it("runs the steps of its Commands", async () => {
    const step = await execa(
      "sh",
      ["-c", `node --input-type=module -e 'import "pi-fleet/step"' verdict; exit $?`],
      {
        cwd: dir,
        env: { FAILED: "bench: copy failed" },
        reject: false,
      },
    );
    equal(step.exitCode, 1);
    match(step.stderr, /^bench: copy failed\n/);
  });

  it("names a fault of an argument", async () => {
    await writeFile(join(dir, "index.ts"), program.replace('"pi4"', '"pi44" as "pi4"'));
    const { stderr } = await execa(process.execPath, ["--import", "tsx", "index.ts"], {
      cwd: dir,
      reject: false,
    });
    match(stderr, /The arguments of bench have faults:\n {2}board: must be one of pi2, pi3, pi4, /);
  });
});

const program = `
import * as pulumi from "@pulumi/pulumi";
import { BuildHost, Pi, SshKeys } from "pi-fleet";

const made = ${JSON.stringify(newSshKeys())};

await pulumi.runtime.setMocks({
  call: ({ token }) => (token === "pulumi:pulumi:readStackOutputs" ? { outputs: {} } : {}),
  newResource: ({ type, name, inputs }) => {
    console.log(name, type);
    return { id: name, state: { ...inputs, privateKeyOpenssh: made.private, publicKeyOpenssh: made.public, stdout: "{}" } };
  },
}, "own", "test", true, "organization");

const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ me";
const keys = new SshKeys("keys", { holders: [key], hosts: ["bench"] });
const buildHost = new BuildHost("nas", { kind: "ssh", address: "nas.lan", systems: ["aarch64-linux"] });
new Pi("bench", {
  host: { board: "pi4", address: "127.0.0.1", port: 9 },
  keys,
  buildHost,
  evaluation: { kind: "toplevel", drvPath: "/nix/store/a.drv", outPath: "/nix/store/a", system: "aarch64-linux" },
});
`;
