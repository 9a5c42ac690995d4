import { equal, match, ok } from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { type Copy } from "../copy.js";
import { convergedFleet, everyPi, pis, toplevels } from "./fleet.js";

describe("the fleet's changes", function () {
  this.timeout(240_000);
  let fleet: Copy;

  before(async function () {
    fleet = await convergedFleet(this);
  });

  it("changes nothing the second time", async () => {
    const run = await fleet.npmRunLab();
    equal(run.exitCode, 0, run.out);
    ok(!/\d+ (updated|created|deleted)/.test(run.out), run.out);
    const dry = await fleet.byHand("dry-activate", "lab-b");
    equal(dry.exitCode, 0, dry.stderr);
    match(dry.stdout, /lab-b: would restart no unit/);
  });

  it("shows a change of one Pi as that Pi's alone, with both paths, before anything is built", async () => {
    const before = await toplevels(fleet);
    await fleet.config(["pi-fleet:hosts", "lab-b", "settings"], {
      environment: { etc: { motd: { text: "changed\n" } } },
    });
    equal((await fleet.changed()).join(), "lab-b-activation,lab-b-build");
    const preview = await fleet.pulumi("preview", "--diff");
    const paths = /TOPLEVEL *: "(\S+)" => "(\S+)"/.exec(preview.out);
    equal(paths?.[1], before["lab-b"], preview.out);
    equal((await fleet.onLaptop("test", "-e", paths?.[2] ?? "")).exitCode, 1, "it was built in a preview");

    await fleet.up();
    equal(await fleet.onHost("lab-b", "cat /etc/motd"), "changed");
    equal(await fleet.onHost("lab-b", "readlink /run/current-system"), paths?.[2]);
    equal(await fleet.onHost("lab-b", "readlink -f /nix/var/nix/profiles/system"), paths?.[2]);
    equal(await fleet.onHost("lab-a", "readlink /run/current-system"), before["lab-a"]);
    await fleet.nothingToChange();
  });

  it("shows a change of a module as a change of all Pis, and of nothing else", async () => {
    await everyPi(fleet, "all\n");
    equal((await fleet.changed()).join(), pis.flatMap((pi) => [`${pi}-activation`, `${pi}-build`]).join());
    await fleet.up();
    for (const pi of pis) equal(await fleet.onHost(pi, "cat /etc/of-all"), "all");
    await fleet.nothingToChange();
  });

  it("plans nothing when the hosts move to a file, with a hundred and twenty that this run leaves out", async () => {
    const kept = await readFile(fleet.stackFile, "utf8");
    const { config } = parse(kept) as { config: { "pi-fleet:hosts": object } };
    const note = "x".repeat(2000);
    const others = Array.from({ length: 120 }, (_, i) => [
      `pi-${i}`,
      { board: "pi4", settings: { environment: { etc: { note: { text: note } } } } },
    ]);
    await writeFile(
      join(fleet.dir, "hosts.yaml"),
      stringify({ ...config["pi-fleet:hosts"], ...Object.fromEntries(others) }),
    );
    await fleet.config(["pi-fleet:hosts"], undefined);
    await fleet.config(["pi-fleet:hostsFile"], "hosts.yaml");
    await fleet.config(["pi-fleet:only"], { hosts: pis });
    await fleet.nothingToChange();
    await writeFile(fleet.stackFile, kept);
  });

  it("moves a Pi to another port and another user in one run, and back in one", async () => {
    const lab = ["pi-fleet:hosts", "lab-a"];
    const kept = await readFile(fleet.stackFile, "utf8");
    await fleet.config([...lab, "port"], 2222);
    await fleet.config([...lab, "user"], "beau");
    match(await fleet.up(), /lab-a: confirming over a fresh connection, by beau@lab-a\.local port 2222/);
    match(await fleet.onHost("lab-a", "sshd -T"), /^port 2222$/im);
    equal(await fleet.onHost("lab-a", "ls /etc/ssh/authorized_keys.d"), "beau");
    await fleet.nothingToChange();
    const status = await fleet.byHand("status");
    match(status.stdout, /^lab-a runs \/nix\/store/m);

    await writeFile(fleet.stackFile, kept);
    match(await fleet.up(), /lab-a: confirming over a fresh connection, by pi@lab-a\.local port 22/);
    match(await fleet.onHost("lab-a", "sshd -T"), /^port 22$/im);
    await fleet.onHost("lab-a", "! grep beau: /etc/passwd");
    await fleet.nothingToChange();
  });

  it("plans nothing in another checkout of the same commit", async () => {
    const other = await mkdtemp(join(tmpdir(), "pi-fleet-other-"));
    try {
      await cp(fleet.dir, other, { recursive: true, filter: (path) => !path.includes("node_modules") });
      await symlink(join(fleet.dir, "node_modules"), join(other, "node_modules"));
      const argv = ["pulumi", "preview", "--stack", "lab", "--expect-no-changes", "--non-interactive"];
      const { exitCode, stdout, stderr } = await fleet.lab.exec(argv, { cwd: other });
      equal(exitCode, 0, stdout + stderr);
    } finally {
      await rm(other, { recursive: true, force: true });
    }
  });

  it("answers an edit of index.ts and of a component at once", async () => {
    for (const [file, from, to] of [
      [
        "index.ts",
        "/** How the fleet stands",
        'export const edited = "edited-index";\n/** How the fleet stands',
      ],
      ["components/ssh-keys.ts", "} pi-fleet`", "} edited-component`"],
    ] as const) {
      const path = join(fleet.dir, file);
      const text = await readFile(path, "utf8");
      ok(text.includes(from), `${file} has no ${from}`);
      await writeFile(path, text.replace(from, to));
      const preview = await fleet.pulumi("preview", "--diff");
      await writeFile(path, text);
      match(preview.out, /edited-(index|component)/);
    }
  });
});
