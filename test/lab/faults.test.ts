import { equal, match, ok } from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { table } from "../../lab/table.js";
import { skip } from "../skip.js";
import { Copy } from "./checkout.js";

// What happens to a Pi and to `pulumi up` when something goes wrong in the middle. In CI the rows marked `sample` run;
// `npm run faults` runs all and prints the table.
const all = process.env.PI_FLEET_FAULTS === "all";

type Phase = "copy" | "testing" | "awaiting" | "profile" | "boot switch";

interface Fault {
  readonly what: string;
  /** Where the deployment is held while `strike` strikes; without it the new system itself is the fault. */
  readonly at?: Phase;
  readonly strike?: () => Promise<void>;
  /** A NixOS module of the new system. */
  readonly module?: string;
  readonly health?: Record<string, unknown>;
  /** After `up` has ended, so that the Pi can be asked. */
  readonly mend?: () => Promise<void>;
  readonly ends: "old" | "new" | "old or new";
  readonly says: RegExp;
  readonly sample?: boolean;
}

describe("faults in the middle of a deployment", function () {
  this.timeout(300_000);
  const pi = "lab-a";
  const rows: string[][] = [];
  let copy: Copy;

  const faults: Fault[] = [
    {
      what: "its ssh connections are killed",
      at: "copy",
      strike: killSsh,
      ends: "old or new",
      says: /copy failed|converged/,
      sample: true,
    },
    {
      what: "the link is down for the rest",
      at: "copy",
      strike: linkDown,
      mend: linkUp,
      ends: "old",
      says: /lab-a: copy failed/,
    },
    {
      what: "the link is down for 5 s",
      at: "copy",
      strike: linkDownShortly,
      ends: "new",
      says: /runs it, and boots it/,
    },
    { what: "power cut", at: "copy", strike: powerCut, mend: boot, ends: "old", says: /lab-a: copy failed/ },
    { what: "the deployer is killed -9", at: "copy", strike: killDeployer, ends: "old", says: /./ },
    {
      what: "the disk fills",
      at: "copy",
      strike: fillDisk,
      mend: freeDisk,
      ends: "old",
      says: /lab-a's disk is full/,
    },
    {
      what: "garbage is collected on both sides",
      at: "copy",
      strike: collectGarbage,
      ends: "new",
      says: /runs it, and boots it/,
    },
    {
      what: "garbage is collected on both sides",
      at: "testing",
      strike: collectGarbage,
      ends: "new",
      says: /runs it, and boots it/,
    },
    {
      what: "its ssh connections are killed",
      at: "testing",
      strike: killSsh,
      ends: "new",
      says: /runs it, and boots it/,
      sample: true,
    },
    {
      what: "the link is down for the rest",
      at: "testing",
      strike: linkDown,
      mend: linkUp,
      ends: "old",
      says: /lab-a: (activate|confirm) failed/,
    },
    {
      what: "the link is down for 5 s",
      at: "testing",
      strike: linkDownShortly,
      ends: "new",
      says: /runs it, and boots it/,
    },
    {
      what: "power cut",
      at: "testing",
      strike: powerCut,
      mend: boot,
      ends: "old",
      says: /lab-a: activate failed/,
      sample: true,
    },
    {
      what: "the deployer is killed -9",
      at: "testing",
      strike: killDeployer,
      ends: "old",
      says: /./,
      sample: true,
    },
    {
      what: "a second deployer comes",
      at: "testing",
      strike: secondDeployer,
      ends: "new",
      says: /runs it, and boots it/,
      sample: true,
    },
    {
      what: "power cut",
      at: "awaiting",
      strike: powerCut,
      mend: bootWithLink,
      ends: "old",
      says: /lab-a: (activate|confirm) failed/,
    },
    {
      what: "power cut",
      at: "profile",
      strike: powerCut,
      mend: boot,
      ends: "old",
      says: /lab-a: confirm failed/,
    },
    { what: "the deployer is killed -9", at: "profile", strike: killDeployer, ends: "new", says: /./ },
    {
      what: "the link is down for 5 s",
      at: "profile",
      strike: linkDownShortly,
      ends: "new",
      says: /runs it, and boots it/,
    },
    {
      what: "the disk fills",
      at: "profile",
      strike: fillDisk,
      mend: freeDisk,
      ends: "old or new",
      says: /could not be made the boot default|runs it, and boots it/,
    },
    {
      what: "power cut",
      at: "boot switch",
      strike: powerCut,
      mend: boot,
      ends: "old or new",
      says: /./,
      sample: true,
    },
    {
      what: "the link is down for the rest",
      at: "boot switch",
      strike: linkDown,
      mend: linkUp,
      ends: "new",
      says: /lab-a: confirm failed/,
    },
    {
      what: "the new system breaks sshd",
      module: oneshot("systemctl stop ssh", "systemctl start ssh"),
      ends: "old",
      says: /lab-a: confirm failed/,
      sample: true,
    },
    {
      what: "the new system breaks the network",
      module: oneshot("ip link set eth0 down", "ip link set eth0 up"),
      ends: "old",
      says: /lab-a: (confirm|activate) failed/,
    },
    {
      what: "a unit that config names is not active",
      health: { units: ["nothing.service"] },
      ends: "old",
      says: /the unit nothing\.service is not active/,
    },
    {
      what: "the user's check fails",
      health: { check: "test -e /nowhere" },
      ends: "old",
      says: /the health check ended with exit code 1: test -e \/nowhere/,
    },
    {
      what: "the new system's activation hangs",
      module: oneshot("sleep 1000", "true"),
      ends: "old",
      says: /activation took longer than allowed/,
      sample: true,
    },
    {
      what: "switch-to-configuration exits 4",
      module: oneshot("false", "true"),
      ends: "old",
      says: /units failed that did not fail before: fault\.service/,
    },
  ];

  before(async function () {
    if (process.getuid?.() !== 0) skip(this, "the lab needs root");
    copy = await Copy.make("faults");
    await copy.config(["pi-fleet:hosts"], { [pi]: { board: "virtual" } });
    await copy.config(["pi-fleet:timeouts"], {
      probe: 4,
      connect: 8,
      build: 120,
      copy: 60,
      activate: 25,
      confirm: 15,
    });
    await ofAll("first");
    const keys = await pulumi("up", "--yes", "--skip-preview");
    equal(keys.exitCode, 0, keys.out);
    await copy.flash(pi);
    const run = await pulumi("up", "--yes", "--skip-preview");
    equal(run.exitCode, 0, run.out);
  });

  after(async () => {
    if (rows.length > 0) {
      const head = ["at", "fault", "the Pi ended on", "up", "it said", "next preview", "next up"];
      console.log(`\n${table([head, ...rows])}\n`);
    }
    await copy?.remove();
  });

  for (const fault of faults.filter(({ sample }) => all || sample)) {
    it(`${fault.at ? `at ${fault.at}: ` : ""}${fault.what}`, async () => {
      const old = await onHost("readlink /run/current-system");
      const mark = `${fault.at ?? "new system"} ${fault.what} ${Date.now()}`;
      await ofAll(mark, fault);

      const running = await copy.lab.start(
        ["pulumi", "up", "--yes", "--skip-preview", "--non-interactive"],
        {},
      );
      if (fault.at && fault.strike) {
        try {
          await reach(fault.at);
          await fault.strike();
        } finally {
          await release();
        }
      }
      const { exitCode, stdout, stderr } = await running.result;
      const out = `${stdout}\n${stderr}`;
      await fault.mend?.();
      await settled();

      const [current = "", profile, bootDefault] = (
        await onHost("readlink -f /run/current-system /nix/var/nix/profiles/system /boot/lab-default")
      ).split("\n");
      equal(profile, current, `profile and running system differ\n${out}`);
      equal(bootDefault, current, `boot default and running system differ\n${out}`);
      const ended = current === old ? "old" : "new";
      if (ended === "new") equal(await onHost("cat /etc/of-all"), mark);
      ok(fault.ends.includes(ended), `it ended on the ${ended} system\n${out}`);
      match(out, fault.says);
      if (exitCode === 0) equal(ended, "new", `up said success, and the Pi is on its old system\n${out}`);
      else if (ended === "new" && fault.strike !== killDeployer)
        match(out, /can't be reached now|runs|committed/);

      await ofAll(mark);
      await unlock();
      const preview = await changed();
      const next = await pulumi("up", "--yes", "--skip-preview");
      equal(next.exitCode, 0, next.out);
      equal(await onHost("cat /etc/of-all"), mark);
      const last = await pulumi("preview", "--expect-no-changes");
      equal(last.exitCode, 0, last.out);
      const said =
        /lab-a: (\w+ failed: .*)/.exec(out)?.[1] ?? (exitCode === 0 ? "converged" : "nothing: it was killed");
      rows.push([
        fault.at ?? "-",
        fault.what,
        ended,
        String(exitCode),
        said.slice(0, 70),
        `${preview} to change`,
        "done",
      ]);
    });
  }

  it("the clock jumps an hour", function () {
    skip(
      this,
      "the lab's Pis share this machine's clock; the timers count monotonic time (systemd.timer(5), OnActiveSec=)",
    );
  });

  // ---- Strikes.

  async function collectGarbage() {
    equal((await copy.lab.exec(["nix-store", "--gc"])).exitCode, 0);
    await onHost("nix-store --gc");
  }
  async function killSsh() {
    await onHost("pkill -f '[s]shd-session: pi'");
  }
  async function linkDown() {
    await host().linkDown();
  }
  async function linkUp() {
    await host().linkUp();
  }
  async function linkDownShortly() {
    await linkDown();
    await new Promise((resolve) => setTimeout(resolve, 5000));
    await linkUp();
  }
  async function powerCut() {
    await host().powerOff();
  }
  async function boot() {
    await host().boot();
  }
  async function bootWithLink() {
    await boot();
    await linkUp();
  }
  async function fillDisk() {
    await onHost("head -c 4G /dev/zero > /root/fill 2>/dev/null || true; sync");
  }
  async function freeDisk() {
    await onHost("rm -f /root/fill");
  }
  async function killDeployer() {
    for (const pid of await copy.engines()) process.kill(pid, "SIGKILL");
    await copy.lab.until(
      async () => (await copy.steps()) === 0,
      30,
      () => "steps outlived their engine",
    );
  }
  async function secondDeployer() {
    const second = await host().run([
      "sh",
      "-c",
      "printf 'toplevel=/x\\nid=other\\nholder=second@other\\n' | sh /run/pi-fleet/activate.sh start",
    ]);
    equal(second.exitCode, 75);
    match(String(second.stdout), /^held by \w+@\S+ since \d{4}-\d\d-\d\dT/);
  }

  // ---- Gates: a program of the Pi that waits while its gate is closed.

  /** Closes the gate of a phase and waits until the deployment stands at it. */
  async function reach(phase: Phase): Promise<void> {
    if (phase === "awaiting") {
      await reach("testing");
      await linkDown();
      await onHost("rm -f /run/gate-testing");
      await copy.lab.until(
        async () => (await onHost("cat /run/pi-fleet/phase")) === "awaiting-confirmation",
        30,
        () => "it never asked",
      );
      await onHost("touch /run/gate-testing");
      return;
    }
    const name = { copy: "copy", testing: "testing", profile: "profile", "boot switch": "boot" }[phase];
    await copy.lab.until(
      async () => (await host().run(["test", "-e", `/run/at-${name}`])).exitCode === 0,
      60,
      () => `the deployment never came to ${phase}`,
    );
  }

  /** Opens all gates; a Pi that is off has none. */
  async function release(): Promise<void> {
    if (await host().isUp()) await onHost("rm -f /run/gate-*");
  }

  /** The gates of this fault, and the new system with it. */
  async function ofAll(mark: string, fault?: Fault): Promise<void> {
    const gate = (name: string) =>
      `if [ -e /run/gate-${name} ]; then touch /run/at-${name}; while [ -e /run/gate-${name} ]; do sleep 0.1; done; fi`;
    if (fault) {
      const closed = {
        copy: "copy",
        testing: "testing",
        awaiting: "testing",
        profile: "profile",
        "boot switch": "boot",
      }[fault.at ?? "copy"];
      await onHost(`rm -f /run/gate-* /run/at-*
        ${fault.at ? `touch /run/gate-${closed}` : ""}
        mkdir -p /nix/var/nix/profiles/default/bin
        printf '%s\\n' '#!/bin/sh' '${gate("copy")}' 'exec /usr/bin/nix-daemon "$@"' > /usr/local/bin/nix-daemon
        printf '%s\\n' '#!/bin/sh' '${gate("profile")}' '/usr/bin/nix-env "$@" || exit' '${gate("boot")}' > /nix/var/nix/profiles/default/bin/nix-env
        printf '%s\\n' '${gate("testing")}' > /root/gate
        chmod +x /usr/local/bin/nix-daemon /nix/var/nix/profiles/default/bin/nix-env`);
    }
    const slow = `systemd.services.gate = {
      wantedBy = [ "multi-user.target" ];
      serviceConfig = { Type = "oneshot"; ExecStart = "/bin/sh /root/gate ${Date.now()}"; };
    };`;
    await writeFile(
      join(copy.dir, "nix/hosts/fault.nix"),
      `{
        imports = [ ${fault?.module ? "./broken.nix" : ""} ];
        environment.etc.of-all.text = ${JSON.stringify(mark)};
        ${fault?.at === "testing" || fault?.at === "awaiting" ? slow : ""}
      }\n`,
    );
    await writeFile(join(copy.dir, "nix/hosts/broken.nix"), fault?.module ?? "{ }\n");
    await copy.config(["pi-fleet:hosts", pi, "modules"], ["hosts/fault.nix"]);
    await copy.config(["pi-fleet:hosts", pi, "health"], fault?.health ?? {});
  }

  /** A unit whose start is the fault and whose stop takes it back. */
  function oneshot(start: string, stop: string): string {
    return `{ systemd.services.fault = { wantedBy = [ "multi-user.target" ]; serviceConfig = {
      Type = "oneshot"; RemainAfterExit = true; ExecStart = "/bin/sh -c '${start}'"; ExecStop = "/bin/sh -c '${stop}'"; TimeoutStartSec = "infinity"; }; }; }\n`;
  }

  // ---- The Pi and the engine.

  /** Until nothing of a deployment is under way on the Pi, and it can be reached. */
  async function settled(): Promise<void> {
    const quiet = async () => {
      if (!(await host().isUp())) return false;
      const units =
        "pi-fleet-activation.service pi-fleet-return.service pi-fleet-return.timer pi-fleet-heal.service";
      const busy = await host().run([
        "sh",
        "-c",
        `test -e /var/lib/pi-fleet/committing || systemctl is-active --quiet ${units}`,
      ]);
      return busy.exitCode !== 0;
    };
    await copy.lab.until(quiet, 90, async () => {
      const journal = await host().run(["journalctl", "-b", "-u", "pi-fleet-*", "-n", "30", "--no-pager"]);
      return `the Pi did not come to rest\n${String(journal.stdout)}`;
    });
    await copy.lab.until(
      async () => (await copy.lab.exec(["ssh", "-oBatchMode=yes", pi, "true"])).exitCode === 0,
      30,
      () => "the Pi can't be reached",
    );
  }

  /** After a kill -9 the engine's lock is left; it is removed only when its holder is gone. */
  async function unlock(): Promise<void> {
    equal((await copy.engines()).length, 0);
    const probe = await pulumi(
      "up",
      "--yes",
      "--skip-preview",
      "--target",
      "urn:pulumi:lab::pi-fleet::none::none",
    );
    if (probe.out.includes("pulumi cancel")) equal((await pulumi("cancel", "--yes")).exitCode, 0);
  }

  async function changed(): Promise<number> {
    const { stdout } = await pulumi("preview", "--json");
    const { steps } = JSON.parse(stdout.slice(stdout.indexOf("{"))) as { steps: { op: string }[] };
    return steps.filter(({ op }) => !["same", "read"].includes(op)).length;
  }

  function host() {
    return copy.lab.host(pi);
  }

  function onHost(script: string): Promise<string> {
    return copy.onHost(pi, script);
  }

  function pulumi(...args: string[]) {
    return copy.pulumi(...args);
  }
});
