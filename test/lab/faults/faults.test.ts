import { equal, match, ok } from "node:assert/strict";
import { table } from "../../../lab/table.js";
import { skip } from "../../skip.js";
import type { Copy } from "../copy.js";
import { faults } from "./faults.js";
import { nextSystem, reach, release } from "./gates.js";
import { allFaults, onePi } from "./one-pi.js";
import { killDeployer, pi } from "./strikes.js";

// What happens to a Pi and to `pulumi up` when something goes wrong in the middle. In CI the rows marked `sample` run;
// `npm run faults` runs all and prints the table.

describe("faults in the middle of a deployment", function () {
  this.timeout(300_000);
  const rows: string[][] = [];
  let copy: Copy;

  before(async function () {
    copy = await onePi(this);
  });

  after(() => {
    if (rows.length > 0) {
      const head = ["at", "fault", "the Pi ended on", "up", "it said", "next preview", "next up"];
      console.log(`\n${table([head, ...rows])}\n`);
    }
  });

  for (const fault of faults.filter(({ sample }) => allFaults || sample)) {
    it(`${fault.at ? `at ${fault.at}: ` : ""}${fault.what}`, async () => {
      const old = await copy.onHost(pi, "readlink /run/current-system");
      const mark = `${fault.at ?? "new system"} ${fault.what} ${Date.now()}`;
      await nextSystem(copy, mark, fault);

      const running = await copy.startUp();
      if (fault.at && fault.strike) {
        try {
          await reach(copy, fault.at);
          await fault.strike(copy);
        } finally {
          await release(copy);
        }
      }
      const { exitCode, stdout, stderr } = await running.result;
      const out = `${stdout}\n${stderr}`;
      await fault.mend?.(copy);
      await settled();

      const [current = "", profile, bootDefault] = (
        await copy.onHost(
          pi,
          "readlink -f /run/current-system /nix/var/nix/profiles/system /boot/lab-default",
        )
      ).split("\n");
      equal(profile, current, `profile and running system differ\n${out}`);
      equal(bootDefault, current, `boot default and running system differ\n${out}`);
      const ended = current === old ? "old" : "new";
      if (ended === "new") equal(await copy.onHost(pi, "cat /etc/of-all"), mark);
      ok(fault.ends.includes(ended), `it ended on the ${ended} system\n${out}`);
      match(out, fault.says);
      if (exitCode === 0) equal(ended, "new", `up said success, and the Pi is on its old system\n${out}`);
      else if (ended === "new" && fault.strike !== killDeployer)
        match(out, /can't be reached now|runs|committed/);

      await nextSystem(copy, mark);
      await unlock();
      const changes = await copy.changed();
      await copy.up();
      equal(await copy.onHost(pi, "cat /etc/of-all"), mark);
      await copy.nothingToChange();
      const said =
        /lab-a: (\w+ failed: .*)/.exec(out)?.[1] ?? (exitCode === 0 ? "converged" : "nothing: it was killed");
      rows.push([
        fault.at ?? "-",
        fault.what,
        ended,
        String(exitCode),
        said.slice(0, 70),
        `${changes.length} to change`,
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

  /** Until nothing of a deployment is under way on the Pi, and it can be reached. */
  async function settled(): Promise<void> {
    const quiet = async () => {
      if (!(await copy.host(pi).isUp())) return false;
      const units =
        "pi-fleet-activation.service pi-fleet-return.service pi-fleet-return.timer pi-fleet-heal.service";
      const busy = await copy
        .host(pi)
        .run(["sh", "-c", `test -e /var/lib/pi-fleet/committing || systemctl is-active --quiet ${units}`]);
      return busy.exitCode !== 0;
    };
    await copy.lab.until(quiet, 90, async () => {
      const journal = await copy
        .host(pi)
        .run(["journalctl", "-b", "-u", "pi-fleet-*", "-n", "30", "--no-pager"]);
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
    const probe = await copy.pulumi(
      "up",
      "--yes",
      "--skip-preview",
      "--target",
      "urn:pulumi:lab::pi-fleet::none::none",
    );
    if (probe.out.includes("pulumi cancel")) equal((await copy.pulumi("cancel", "--yes")).exitCode, 0);
  }
});
