import { deepEqual, doesNotMatch, equal, match, ok } from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { parseExamination } from "../../../components/on-pi/examine.js";
import { onPiScript } from "../../../components/on-pi/scripts.js";

// doctor.sh with a folder as the file system, and with programs that answer as those of a Pi do.
describe("doctor.sh", () => {
  let dir: string;
  let fs: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "pi-fleet-doctor-"));
    fs = join(dir, "fs");
    await mkdir(join(dir, "bin"));
    const script = onPiScript("doctor.sh").replace(/^PATH=.*$/m, `PATH=${dir}/bin:/usr/bin:/bin`);
    await writeFile(join(dir, "doctor.sh"), script);
    await file("etc/os-release", 'ID=nixos\nPRETTY_NAME="NixOS 26.05 (Yarara)"\n');
    await file("proc/uptime", "7321.52 20000.00\n");
    await file("proc/loadavg", "0.10 0.25 0.31 1/200 4321\n");
    await file("proc/cpuinfo", "processor\t: 0\nprocessor\t: 1\nprocessor\t: 2\nprocessor\t: 3\n");
    await file(
      "proc/meminfo",
      "MemTotal:  947732 kB\nMemFree: 1 kB\nMemAvailable:  700000 kB\nSwapTotal: 0 kB\n",
    );
    await file(
      "proc/mounts",
      "/dev/mmcblk0p2 / ext4 rw,noatime 0 0\n/dev/mmcblk0p2 /nix/store ext4 ro,noatime 0 0\n",
    );
    for (const folder of ["nix/store", "var/lib/pi-fleet", "tmp", "boot"])
      await mkdir(join(fs, folder), { recursive: true });
    await program("id", "case $1 in -u) echo 0 ;; *) echo root ;; esac");
    await program("systemctl", 'case "$*" in is-system-running) echo running ;; esac');
    await program("journalctl", ":");
    await program("timedatectl", "echo yes");
    await program("vcgencmd", "exit 127");
    await program("findmnt", 'case "$*" in *MAJ:MIN*) echo 179:2 ;; esac');
    await program("unshare", "exit 1");
    await program(
      "df",
      `case "$*" in
*-i*) echo "Filesystem Inodes IUsed IFree IUse% Mounted on"; echo "/dev/mmcblk0p2 1900000 100000 1800000 6% /" ;;
*) echo "Filesystem 1024-blocks Used Available Capacity Mounted on"; echo "/dev/mmcblk0p2 30000000 10000000 20000000 34% /" ;;
esac`,
    );
    const card = "sys/devices/platform/mmc/block/mmcblk0";
    await file(`${card}/size`, "62333952\n");
    for (const [part, start, size] of [
      [1, 16384, 61440],
      [2, 77824, 62256128],
    ] as const) {
      await file(`${card}/mmcblk0p${part}/partition`, `${part}\n`);
      await file(`${card}/mmcblk0p${part}/start`, `${start}\n`);
      await file(`${card}/mmcblk0p${part}/size`, `${size}\n`);
    }
    await link("sys/dev/block/179:2", join(fs, card, "mmcblk0p2"));
  });
  afterEach(() => rm(dir, { recursive: true }));

  it("tells of a Pi that is well, and writes nothing", async () => {
    await file("sys/devices/platform/soc/soc:firmware/get_throttled", "0\n");
    await file("sys/class/thermal/thermal_zone0/type", "cpu-thermal\n");
    await file("sys/class/thermal/thermal_zone0/temp", "48312\n");
    await program(
      "journalctl",
      `case "$*" in *--boot=-1*--lines=40*) printf '%s\\n' "Reached target System Reboot." "Journal stopped" ;; esac`,
    );
    const before = (await readdir(fs, { recursive: true })).sort();
    const seen = await examine();
    deepEqual((await readdir(fs, { recursive: true })).sort(), before);
    const nothing = { oom: undefined, power: undefined, card: undefined, recovered: false, errors: [] };
    const { clock, ...others } = seen;
    ok(Math.abs((clock ?? 0) - Date.now() / 1000) < 60);
    deepEqual(others, {
      ...{ root: true, unseen: [], whole: true, os: "NixOS 26.05 (Yarara)", uptime: 7321, state: "running" },
      load: { average: 0.25, processors: 4 },
      memory: { total: 947732 * 1024, available: 700000 * 1024, swap: 0 },
      ...{ failed: [], runners: [], thisBoot: nothing, bootBefore: nothing },
      before: { ended: "clean", last: "" },
      disks: ["/", "/nix/store", "/boot", "/var/lib", "/tmp"].map((path) => ({
        ...{ path, mount: "/", size: 30000000 * 1024, free: 20000000 * 1024 },
        inodes: { all: 1900000, free: 1800000 },
      })),
      readOnly: [],
      rootPartition: { name: "mmcblk0p2", end: 62333952 * 512, card: 62333952 * 512 },
      ...{ throttled: 0, undervoltage: false, temperature: 48.312, wifi: undefined },
      ...{ firstBoot: {}, bundle: undefined, synchronized: true },
    });
  });

  it("tells failed units and runners with their last words", async () => {
    await program(
      "systemctl",
      `case "$*" in
is-system-running) echo degraded ;;
*--state=failed*) echo "foo.service loaded failed failed A unit of mine" ;;
*github-runner*) case "$*" in *list-units*) echo "github-runner-a.service loaded activating auto-restart A runner" ;; *NRestarts*) echo 12 ;; *) echo yes ;; esac ;;
*--property=Result*foo.service) echo exit-code ;;
esac`,
    );
    await program(
      "journalctl",
      `case "$*" in
*_SYSTEMD_UNIT=foo.service*) printf 'one\\ntwo\\n\\033[31mthree\\033[0m\\a\\n' ;;
*--unit=foo.service*) echo "foo.service: Failed with result" ;;
*--unit=github-runner-a.service*) echo "Http response code: NotFound" ;;
esac`,
    );
    const { failed, runners, state } = await examine();
    equal(state, "degraded");
    deepEqual(failed, [{ unit: "foo.service", result: "exit-code", said: ["two", "three"] }]);
    deepEqual(runners, [
      {
        ...{
          unit: "github-runner-a",
          active: "activating",
          sub: "auto-restart",
          condition: true,
          restarts: 12,
        },
        said: ["Http response code: NotFound"],
      },
    ]);
  });

  it("finds what the kernel says of memory, power and the card, in this boot and the one before", async () => {
    await program(
      "journalctl",
      `case "$*" in
*--boot=0*--dmesg*) cat <<'END'
oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),task=node
Out of memory: Killed process 812 (node) total-vm:2100000kB
hwmon hwmon1: Undervoltage detected!
hwmon hwmon1: Voltage normalised
hwmon hwmon1: Undervoltage detected!
EXT4-fs (mmcblk0p2): recovery complete
END
;;
*--boot=-1*--dmesg*) cat <<'END'
mmc0: Timeout waiting for hardware interrupt.
I/O error, dev mmcblk0, sector 2048 op 0x0:(READ)
mmc0: new high speed SDHC card at address aaaa
END
;;
*--boot=-1*--lines=40*) echo "the last words" ;;
*--boot=-1*--lines=1\\ *) echo "2026-11-25T03:00:00+0000 node[812]: the last words" ;;
*--boot=0*--priority=err*) printf 'Nov 25 sshd[1]: %s\\n' a b ;;
esac`,
    );
    const { thisBoot, bootBefore, before } = await examine();
    deepEqual(thisBoot, {
      oom: { count: 1, last: "Out of memory: Killed process 812 (node) total-vm:2100000kB" },
      power: { count: 2, last: "hwmon hwmon1: Undervoltage detected!" },
      ...{ card: undefined, recovered: true, errors: ["Nov 25 sshd[1]: a", "Nov 25 sshd[1]: b"] },
    });
    deepEqual(bootBefore.card, { count: 2, last: "I/O error, dev mmcblk0, sector 2048 op 0x0:(READ)" });
    deepEqual(before, { ended: "cut", last: "2026-11-25T03:00:00+0000 node[812]: the last words" });
  });

  it("knows each way in which a shutdown says goodbye", async () => {
    const goodbyes = [
      "Journal stopped",
      "Reached target Power-Off.",
      "Reached target System Power Off.",
      "Reached target reboot.target - System Reboot.",
      "Received SIGTERM from PID 1 (systemd-shutdow).",
      "Shutting down.",
    ];
    for (const words of goodbyes) {
      await program("journalctl", `case "$*" in *--boot=-1*--lines=40*) echo '${words}' ;; esac`);
      equal((await examine()).before?.ended, "clean", words);
    }
    for (const words of ["Started Reboot notifier.", "Stopped target Sockets."]) {
      await program("journalctl", `case "$*" in *--boot=-1*--lines=40*) echo '${words}' ;; esac`);
      equal((await examine()).before?.ended, "cut", words);
    }
    await program("journalctl", ":");
    equal((await examine()).before?.ended, "unknown");
  });

  it("reads the flags of power from vcgencmd before sysfs, and hwmon's alarm", async () => {
    await file("sys/devices/platform/soc/soc:firmware/get_throttled", "50000\n");
    await file("sys/class/hwmon/hwmon0/name", "cpu_thermal\n");
    await file("sys/class/hwmon/hwmon1/name", "rpi_volt\n");
    await file("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "1\n");
    const bySysfs = await examine();
    deepEqual([bySysfs.throttled, bySysfs.undervoltage], [0x50000, true]);
    await program("vcgencmd", 'echo "throttled=0x50005"');
    equal((await examine()).throttled, 0x50005);
  });

  it("tells a root that can only be read, and not the store, which never can be written", async () => {
    equal((await examine()).readOnly.length, 0);
    await file(
      "proc/mounts",
      "/dev/root / ext4 rw 0 0\n/dev/mmcblk0p2 / ext4 ro,noatime 0 0\n/dev/mmcblk0p2 /nix/store ext4 ro 0 0\n",
    );
    deepEqual((await examine()).readOnly, ["/"]);
  });

  it("tells the signal of Wi-Fi, and what the first boot left", async () => {
    await file(
      "proc/net/wireless",
      "Inter-| sta-|\n face | tus |\n wlan0: 0000   32.  -78.  -256        0\n",
    );
    await file(
      "var/lib/pi-fleet/first-boot",
      "VERSION=1\nRESULT=refused\nPROBLEM=it is damaged: its checksums differ\n",
    );
    const { wifi, firstBoot } = await examine();
    deepEqual(wifi, { name: "wlan0", level: -78 });
    equal(firstBoot["PROBLEM"], "it is damaged: its checksums differ");
  });

  it("finds a bundle on the firmware partition of its own disk, mounted or not", async () => {
    await program("findmnt", 'case "$*" in *MAJ:MIN*) echo 179:2 ;; *mmcblk0p1) echo /boot/firmware ;; esac');
    equal((await examine()).bundle, undefined);
    await file("boot/firmware/pi-fleet/first-boot.tar", "");
    equal((await examine()).bundle, "/boot/firmware/pi-fleet/first-boot.tar");

    await program("findmnt", 'case "$*" in *MAJ:MIN*) echo 179:2 ;; esac');
    await program("unshare", `printf '%s\\n' "$*" >${dir}/unshared`);
    equal((await examine()).bundle, "/dev/mmcblk0p1, pi-fleet/first-boot.tar");
    match(
      await readFile(join(dir, "unshared"), "utf8"),
      /^--mount sh -c mount -o ro,noatime '\/dev\/mmcblk0p1' /,
    );
  });

  it("says what a user without root can't see, and asks no journal for it", async () => {
    await program("id", "case $1 in -u) echo 1000 ;; *) echo users ;; esac");
    await program("journalctl", `echo asked >>${dir}/asked`);
    const { root, unseen, before } = await examine();
    deepEqual([root, unseen, before], [false, ["journal", "firmware"], undefined]);
    ok(!(await readdir(dir)).includes("asked"));
    await program("id", "case $1 in -u) echo 1000 ;; *) echo users systemd-journal ;; esac");
    await program("journalctl", ":");
    deepEqual((await examine()).unseen, ["firmware"]);
  });

  it("is bounded, whatever a Pi says", async () => {
    await program(
      "systemctl",
      'case "$*" in *--state=failed*) seq -f "unit-%g.service loaded failed failed x" 1 500 ;; esac',
    );
    await program("journalctl", 'head -c 300000 /dev/zero | tr "\\0" x; seq 1 20000');
    const text = await run();
    ok(text.length < 60_000, String(text.length));
    equal(parseExamination(text).failed.length, 10);
  });

  it("goes on when a program hangs", async () => {
    const script = await readFile(join(dir, "doctor.sh"), "utf8");
    await writeFile(join(dir, "doctor.sh"), script.replace("timeout 10 ", "timeout 0.2 "));
    for (const name of ["vcgencmd", "timedatectl"]) await program(name, "exec sleep 100");
    const { whole, throttled, synchronized } = await examine();
    deepEqual([whole, throttled, synchronized], [true, undefined, undefined]);
  }).timeout(5_000);

  it("that is cut off is known as such, and what it told counts", async () => {
    const text = await run();
    equal(parseExamination(text).whole, true);
    const half = parseExamination(text.slice(0, text.indexOf("disk=")));
    deepEqual([half.whole, half.uptime], [false, 7321]);
  });

  it("is one script that sh reads from stdin, and works on this machine too", async () => {
    const { stdout, exitCode } = await execa("sh", ["-s"], { input: onPiScript("doctor.sh") });
    equal(exitCode, 0);
    match(stdout, /^end=yes$/m);
    doesNotMatch(stdout, /^said\./m);
  });

  async function run(): Promise<string> {
    const { stdout, stderr, exitCode } = await execa("sh", [join(dir, "doctor.sh")], {
      env: { FS: fs },
      reject: false,
    });
    equal(exitCode, 0, stderr);
    return stdout;
  }

  async function examine() {
    return parseExamination(await run());
  }

  async function file(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(fs, path)), { recursive: true });
    await writeFile(join(fs, path), text);
  }

  async function link(path: string, target: string): Promise<void> {
    await mkdir(dirname(join(fs, path)), { recursive: true });
    await symlink(target, join(fs, path));
  }

  async function program(name: string, body: string): Promise<void> {
    await writeFile(join(dir, "bin", name), `#!/bin/sh\n${body}\n`);
    await chmod(join(dir, "bin", name), 0o755);
  }
});
