import { deepEqual, equal, match } from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { packageRoot } from "../../../components/shared/package-root.js";

// The scripts of a provisioning image, with stand-ins for the programs that change the machine.
describe("nix/provisioning", () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "pi-fleet-provisioning-"));
    for (const folder of ["bin", "given", "root/etc", "root/proc/sys/kernel", "root/home"])
      mkdirSync(join(dir, folder), { recursive: true });
    for (const name of ["useradd", "ip", "systemctl", "sync"])
      program(name, `echo "${name} $*" >>${dir}/said`);
    program("resolvconf", `echo "resolvconf $* <$(tr '\\n' ';')" >>${dir}/said`);
    program("systemd-escape", `echo "$1" | sed 's/-/\\\\\\\\x2d/g'`);
    program("id", `grep -qx "$1" ${dir}/users`);
    writeFileSync(join(dir, "users"), "root\n");
  });
  afterEach(() => rm(dir, { recursive: true }));

  function program(name: string, text: string): void {
    writeFileSync(join(dir, "bin", name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(dir, "bin", name), 0o755);
  }
  const run = (script: string, ...args: string[]) => {
    const text = readFileSync(join(packageRoot, "nix/provisioning", script), "utf8");
    writeFileSync(
      join(dir, script),
      text.replace(/^PATH=.*$/m, `PATH=${dir}/bin:/usr/bin:/bin`).replace(/^root=.*$/m, `root=${dir}/root`),
    );
    return execa("sh", [join(dir, script), ...args], { reject: false });
  };
  const said = () =>
    existsSync(join(dir, "said")) ? readFileSync(join(dir, "said"), "utf8").split("\n") : [];
  const changes = () => said().filter((line) => line && !line.startsWith("sync "));

  describe("identity.sh", () => {
    const identity = () => run("identity.sh", join(dir, "given"));
    const given = () => writeFileSync(join(dir, "given/identity"), "HOST=pi4\nUSER=deploy\n");

    it("changes nothing before there was a bundle", async () => {
      equal((await identity()).exitCode, 0);
      deepEqual([said(), existsSync(join(dir, "root/etc/hostname"))], [[], false]);
    });

    it("sets the name and makes the user, who may become root", async () => {
      given();
      const { exitCode, stderr } = await identity();
      equal(exitCode, 0, stderr);
      equal(readFileSync(join(dir, "root/etc/hostname"), "utf8"), "pi4\n");
      equal(readFileSync(join(dir, "root/proc/sys/kernel/hostname"), "utf8"), "pi4\n");
      deepEqual(
        changes().map((line) => line.replace(/--shell \S+/, "--shell SHELL")),
        ["useradd --home-dir /home/deploy --create-home --gid users --groups wheel --shell SHELL deploy"],
      );
    });

    it("leaves a user that is there alone, root too, and gives one its former home back", async () => {
      given();
      writeFileSync(join(dir, "users"), "root\ndeploy\n");
      await identity();
      deepEqual(changes(), []);
      writeFileSync(join(dir, "users"), "root\n");
      mkdirSync(join(dir, "root/home/deploy"));
      await identity();
      match(changes()[0] ?? "", new RegExp(` --uid ${process.getuid!()} deploy$`));
    });
  });

  describe("network.sh", () => {
    const file = () => join(dir, "given/network");
    const given = (...lines: string[]) => writeFileSync(file(), lines.join("\n") + "\n");

    it("waits for the interface that the bundle names, else for the board's usual one", async () => {
      given("ADDRESS=10.0.0.4/24", "INTERFACE=enu1-1");
      await run("network.sh", "start", file(), "end0");
      given("ADDRESS=10.0.0.4/24", "INTERFACE=");
      await run("network.sh", "start", file(), "end0");
      deepEqual(changes(), [
        "systemctl start --no-block pi-fleet-network@enu1\\x2d1.service",
        "systemctl start --no-block pi-fleet-network@end0.service",
      ]);
      const { exitCode, stderr } = await run("network.sh", "start", file(), "");
      equal(exitCode, 1);
      match(stderr, /names no interface for 10\.0\.0\.4\/24, and this board's has no usual name/);
    });

    it("gives it the address, the route and the servers", async () => {
      given("ADDRESS=10.0.0.4/24", "GATEWAY=10.0.0.1", "NAMESERVER=10.0.0.1", "NAMESERVER=9.9.9.9");
      equal((await run("network.sh", "up", file(), "end0")).exitCode, 0);
      given("ADDRESS=10.0.0.5/24", "GATEWAY=");
      equal((await run("network.sh", "up", file(), "end0")).exitCode, 0);
      deepEqual(changes(), [
        "ip link set end0 up",
        "ip address replace 10.0.0.4/24 dev end0",
        "ip route replace default via 10.0.0.1 dev end0",
        "resolvconf -m 1 -a pi-fleet <nameserver 10.0.0.1;nameserver 9.9.9.9;",
        "ip link set end0 up",
        "ip address replace 10.0.0.5/24 dev end0",
        "resolvconf -m 1 -a pi-fleet <",
      ]);
    });
  });
});
