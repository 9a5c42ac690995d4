import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import type * as Hosts from "../../lab/hosts/index.js";
import { cacheDir } from "../../lab/engine/cache.js";
import { Copy } from "./copy.js";

// The tests have a copy of the checkout, and so a lab of their own: the one that a person uses is left alone.
describe("the lab", function () {
  this.timeout(180_000);
  let copy: Copy;
  let lab: typeof Hosts;

  before(async function () {
    copy = await Copy.make(this, "lab");
    ({ lab } = copy);
  });

  after(async () => {
    await copy?.remove();
  });

  it("starts, even after a start that was killed", async () => {
    const killed = startCli(["exec", "true"]);
    await lab.until(
      async () => (await lab.anchorPid()) !== undefined,
      150,
      () => "the lab did not start",
    );
    killed.kill("SIGKILL");
    await killed;
    await lab.startLab(() => undefined);
    ok(await copy.host("nas").isUp());
  });

  it("refuses to boot a host that has no card", async () => {
    const { exitCode, stderr } = await cli("boot", "lab-b");
    equal(exitCode, 1);
    match(stderr, /lab-b has no card yet/);
  });

  it("boots flashed hosts with systemd, sshd and a Nix store of their own", async () => {
    await booted("lab-a", "lab-c");
    equal(await copy.onHost("lab-a", "systemctl is-system-running --wait"), "running");
    equal(await copy.onHost("lab-a", "ps -o comm= -p 1"), "systemd");
    const path = await copy.onHost("lab-a", "echo own > /tmp/own && nix-store --add /tmp/own");
    equal((await copy.host("lab-c").run(["test", "-e", path])).exitCode, 1);
    notEqual(
      await copy.onHost("lab-a", "cat /etc/machine-id"),
      await copy.onHost("lab-c", "cat /etc/machine-id"),
    );
    const links = "readlink -f /run/current-system /run/booted-system /nix/var/nix/profiles/system";
    equal(new Set((await copy.onHost("lab-a", links)).split("\n")).size, 1);
  });

  it("lets the lab person in over ssh, as a user who may become root", async () => {
    await booted("lab-a");
    const { stdout } = await ssh("lab-a", "sudo -n id -u; hostname; nix-store --version");
    match(stdout, /^0\nlab-a\nnix-store \(Nix\)/);
    equal((await ssh("lab-a", "exit 3")).exitCode, 3);
  });

  it("builds for both systems on the laptop and on the NAS", async () => {
    for (const system of ["x86_64-linux", "aarch64-linux"]) {
      const shell = `${lab.generatedDir}/nixpkgs/busybox/${system}`;
      const expression = `derivation {
        name = "machine"; system = "${system}"; args = [ "-c" "uname -m > $out" ];
        builder = "\${builtins.path { path = ${shell}; name = "busybox"; }}/sh";
      }`;
      const built = await copy.outputOf(
        "nix",
        "build",
        "--impure",
        "--no-link",
        "--print-out-paths",
        "--expr",
        expression,
      );
      equal(await copy.outputOf("cat", built), system.replace("-linux", ""));
      const drv = await copy.outputOf("nix", "path-info", "--derivation", built);
      const store = "ssh-ng://nas.local";
      const copied = await lab.exec(["nix", "copy", "--derivation", "--to", store, drv]);
      equal(copied.exitCode, 0, copied.stderr);
      equal(
        await copy.onHost("nas", `cat $(nix-store --realise ${drv} 2>/dev/null)`),
        system.replace("-linux", ""),
      );
    }
  });

  it("keeps a host's data through a power cut, and starts what the profile names", async () => {
    await booted("lab-a");
    const host = copy.host("lab-a");
    await copy.onHost("lab-a", "echo kept > /root/kept; touch /run/lost");
    await copy.onHost(
      "lab-a",
      `mkdir -p /root/system/bin && cd /root/system
       printf '#!/bin/sh\\necho "$0" > /etc/activated\\n' > activate && chmod +x activate
       nix-env --profile /nix/var/nix/profiles/system --set $(nix-store --add /root/system)`,
    );
    const system = await copy.onHost("lab-a", "readlink -f /nix/var/nix/profiles/system");
    await host.powerOff();
    equal(await host.isUp(), false);
    equal((await ssh("lab-a", "true")).exitCode, 255);
    await host.boot();
    equal(await copy.onHost("lab-a", "cat /root/kept; ls /run/lost 2>/dev/null || echo gone"), "kept\ngone");
    equal(await copy.onHost("lab-a", "cat /etc/activated"), `${system}/activate`);
    equal(
      await copy.onHost("lab-a", "readlink /run/booted-system /run/current-system"),
      `${system}\n${system}`,
    );
    equal((await ssh("lab-a", "true")).exitCode, 0);
  });

  it("starts a host again that reboots itself, and leaves one off that halts", async () => {
    await booted("lab-a");
    const host = copy.host("lab-a");
    const first = await host.pid();
    const bootId = () => copy.onHost("lab-a", "cat /proc/sys/kernel/random/boot_id");
    const boots = [await bootId()];
    await host.run(["systemctl", "reboot"]);
    const rebooted = async () => (await host.pid()) !== first && (await host.isUp());
    await lab.until(rebooted, 60, () => "lab-a did not come back");
    boots.push(await bootId(), (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim());
    equal(new Set(boots).size, 3, "each boot has an id of its own, which is not this machine's");
    await host.run(["systemctl", "poweroff"]);
    await lab.until(
      async () => (await host.pid()) === undefined,
      60,
      () => "lab-a did not halt",
    );
    await host.boot();
  });

  it("pulls a host's cable and plugs it in again", async () => {
    await booted("lab-a");
    await cli("link-down", "lab-a");
    equal((await ssh("lab-a", "true")).exitCode, 255);
    ok(await copy.host("lab-a").isUp());
    await cli("link-up", "lab-a");
    equal((await ssh("lab-a", "true")).exitCode, 0);
  });

  it("gives a host a card that can be full", async () => {
    await booted("lab-a");
    const filled = await copy.host("lab-a").run(["sh", "-c", "head -c 3G /dev/zero > /root/fill"]);
    notEqual(filled.exitCode, 0);
    match(String(filled.stderr), /No space left on device/);
    await copy.onHost("lab-a", "rm /root/fill");
  });

  it("runs commands with their input, exit code and signal", async () => {
    equal((await cli("exec", "sh", "-c", "exit 7")).exitCode, 7);
    equal((await cli("exec", "sh", "-c", "kill -TERM $$")).exitCode, 128 + 15);
    equal((await cli("exec", "no-such-command")).exitCode, 127);
    const cat = await execa(process.execPath, ["--import=tsx", "lab/cli.ts", "exec", "cat"], {
      cwd: copy.dir,
      input: "in",
    });
    equal(cat.stdout, "in");
    equal(await copy.outputOf("pwd"), copy.dir);
  });

  it("passes ctrl-C on, and leaves nothing of a command when it is killed itself", async () => {
    const trap = startCli(["exec", "sh", "-c", "trap 'exit 9' INT; echo ready; while :; do sleep 0.1; done"]);
    await firstOutput(trap);
    trap.kill("SIGINT");
    equal((await trap).exitCode, 9);

    const script = "sleep 1234 & setsid sleep 1234 & echo ready; wait";
    const killed = startCli(["exec", "sh", "-c", script]);
    await firstOutput(killed);
    killed.kill("SIGKILL");
    await lab.until(
      async () => (await processes(["sleep", "1234"])) === 0,
      10,
      () => "processes were left behind",
    );
  });

  it("shows what is on", async () => {
    await booted("lab-a");
    const { stdout } = await cli("status");
    match(stdout, /^lab-a +virtual +10\.77\.0\.11 +on +plugged in/m);
    match(stdout, /^lab-b .*awaiting flash/m);
  });

  it("names a mistake in one line", async () => {
    for (const [args, message] of [
      [["boot", "lab-x"], /The lab has no host "lab-x"/],
      [["lunch"], /There is no verb "lunch"/],
    ] as const) {
      const { exitCode, stderr } = await cli(...args);
      equal(exitCode, 1);
      match(stderr, message);
      ok(!stderr.includes("    at "), stderr);
    }
  });

  it("keeps the size that it was started with", async () => {
    await lab.startLab(() => undefined);
    for (const [hosts, message] of [
      [
        "2",
        /This lab was started without PI_FLEET_LAB_HOSTS\. Set it so, or end the lab first: npm run lab -- down/,
      ],
      ["many", /PI_FLEET_LAB_HOSTS is "many"\. It is a number of Pis, from 1 to 240/],
    ] as const) {
      const { exitCode, stderr } = await startCli(["exec", "true"], { PI_FLEET_LAB_HOSTS: hosts });
      equal(exitCode, 1);
      match(stderr, message);
    }
  });

  it("leaves nothing behind when it ends, though a command still runs; ending it twice is fine", async () => {
    const left = startCli(["exec", "sh", "-c", "echo ready; sleep 1234"]);
    await firstOutput(left);
    equal((await cli("down")).exitCode, 0);
    await left;
    deepEqual(await traces(lab), []);
    equal((await cli("down")).exitCode, 0);
  });

  it("leaves nothing behind when the tests that use it are interrupted", async () => {
    await writeFile(
      join(copy.dir, "test/lab/sample.test.ts"),
      `import { Copy } from "./copy.js";
      it("waits to be interrupted", async function () {
        this.timeout(0);
        const { dir, lab } = await Copy.make(this, "sample");
        await lab.startLab(() => undefined);
        console.log(JSON.stringify({ dir, labDir: lab.labDir(), labId: lab.labId() }));
        await new Promise(() => setInterval(() => undefined, 1000));
      });`,
    );
    const main = `import("./test/mocha.ts").then(({ runMocha }) => runMocha("sample", ["test/lab/sample.test.ts"], []))`;
    const running = execa(process.execPath, ["--import=tsx", "--eval", main], {
      cwd: copy.dir,
      reject: false,
      stdin: "ignore",
    });
    let found: { dir: string; labDir: string; labId: string } | undefined;
    for await (const line of running) {
      if (!line.startsWith("{")) continue;
      found = JSON.parse(line) as typeof found;
      running.kill("SIGTERM");
    }
    ok(found, String((await running).stderr));
    const { dir, labDir, labId } = found;
    deepEqual(await traces({ labDir: () => labDir, labId: () => labId }), []);
    ok(!existsSync(dir), "the copy was left behind");
  });

  it("leaves nothing behind when its first process was killed", async () => {
    await lab.startLab(() => undefined);
    process.kill((await lab.anchorPid()) ?? 0, "SIGKILL");
    await lab.until(
      async () => !(await copy.host("nas").isUp()),
      10,
      () => "the NAS outlived its lab",
    );
    await lab.startLab(() => undefined);
    ok(await copy.host("nas").isUp());
    await lab.stopLab();
    deepEqual(await traces(lab), []);
  });

  function startCli(args: readonly string[], env: Record<string, string> = {}) {
    return execa(process.execPath, ["--import=tsx", "lab/cli.ts", ...args], {
      cwd: copy.dir,
      env,
      reject: false,
      stdin: "ignore",
    });
  }

  function cli(...args: string[]) {
    return startCli(args);
  }

  async function firstOutput(command: ReturnType<typeof startCli>) {
    await once(command.stdout, "data");
  }

  function ssh(name: string, command: string) {
    return lab.exec(["ssh", "-oBatchMode=yes", "-oConnectTimeout=4", name, command]);
  }

  async function booted(...names: string[]): Promise<void> {
    await lab.startLab(() => undefined);
    await Promise.all(
      names.map(async (name) => {
        if (!(await copy.host(name).isFlashed())) await flash(name);
        await copy.host(name).boot();
      }),
    );
  }

  /** As `npm run lab` does it, with keys of our own. */
  async function flash(name: string) {
    const key = join(copy.dir, `${name}-key`);
    await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", key]);
    const hostPublicKey = await readFile(`${key}.pub`, "utf8");
    const person = await readFile(join(lab.generatedDir, "user.pub"), "utf8");
    const host = copy.host(name);
    await lab.flash(host, {
      hostPrivateKey: await readFile(key, "utf8"),
      hostPublicKey,
      user: "pi",
      authorizedKeys: [person.trim()],
    });
  }
});

/** What the lab has left on the machine, on which other labs may run. */
async function traces(lab: Pick<typeof Hosts, "labDir" | "labId">): Promise<string[]> {
  const lines = async (file: string, ...args: string[]) => (await execa(file, args)).stdout.split("\n");
  const mounts = (await readFile("/proc/self/mounts", "utf8")).split("\n");
  const cgroup2 = mounts.find((line) => line.split(" ")[2] === "cgroup2")?.split(" ")[1] ?? "";
  const users = await readdir(cacheDir("emulator-users")).catch(() => []);
  const inotify = await readdir(cacheDir("inotify-users")).catch(() => []);
  const binfmt = "mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc && ls /proc/sys/fs/binfmt_misc";
  const emulators = await lines("unshare", "--mount", "sh", "-c", binfmt);
  return [
    ...mounts.filter((line) => line.includes(lab.labDir())),
    ...(await readdir(cgroup2)).filter((name) => name.includes(lab.labId())),
    ...(await lines("ip", "-oneline", "link")).filter((line) => /: (lab0|v-)/.test(line)),
    ...(await lines("ip", "netns", "list")).filter((line) => line.includes("lab")),
    ...(await lines("losetup", "--noheadings", "--output=BACK-FILE")).filter((file) =>
      file.includes(lab.labDir()),
    ),
    ...[...users, ...inotify].filter((user) => user === lab.labId()),
    ...emulators.filter((name) => name.startsWith("pi-fleet") && users.length === 0),
    ...(await readdir(lab.labDir()).catch(() => [])),
    ...((await processes([lab.labDir()])) === 0 ? [] : ["processes"]),
  ];
}

/** How many processes have these words in their command line. */
async function processes(words: readonly string[]): Promise<number> {
  const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, "utf8").catch(() => "")));
  return lines.filter((line) => line.includes(words.join("\0"))).length;
}
