import { deepEqual, equal, notEqual, ok } from "node:assert/strict";
import { type Copy } from "../copy.js";
import { argvDuring } from "../search.js";
import { file, github, registeredRunner, scope, token, type LabRunner } from "./runner.js";

describe("the runner, one of many kinds on a Pi", function () {
  this.timeout(240_000);
  let runner: LabRunner;
  let copy: Copy;
  /** What ran while they were registered. */
  let argv: string;

  before(async function () {
    runner = await registeredRunner(this);
    ({ copy } = runner);
    const common = { github, timeouts: { online: 30 } };
    await copy.config(
      ["pi-fleet:hosts", "lab-a", "runners"],
      [
        { ...common, kind: "enterprise", enterprise: "acme", name: "wide" },
        {
          ...{ ...common, kind: "organization", organization: "example", name: "again" },
          ...{ group: "hardware", labels: ["again"], credential: { kind: "token" }, ephemeral: true },
        },
        {
          ...{ ...common, kind: "organization", organization: "example", name: "once" },
          ...{ group: "hardware", labels: ["once"], credential: { kind: "just-in-time" } },
        },
      ],
    );
    argv = await argvDuring(copy, ["lab-a"], () => copy.up());
  });

  after(async () => {
    // Without it the hook before has failed.
    if (!argv) return;
    await copy.config(["pi-fleet:hosts", "lab-a", "runners"], undefined);
    await copy.up();
    equal((await runner.only()).name, "lab-a");
  });

  it("serves an enterprise, registers anew by itself, or is just-in-time, all on one Pi", async () => {
    const runners = (await runner.labARunners()).map(({ name, scope, group, online }) => [
      name,
      scope,
      group,
      online,
    ]);
    deepEqual(runners.sort(), [
      ["again", "orgs/example", "hardware", true],
      ["lab-a", scope, "", true],
      ["once", "orgs/example", "hardware", true],
      ["wide", "enterprises/acme", "", true],
    ]);
    deepEqual((await runner.once())?.labels, ["self-hosted", "linux", "x64", "once"]);
    await copy.nothingToChange();
  });

  it("showed nothing that they registered with in an argv", async () => {
    const { minted } = await runner.ask({ tellMinted: true });
    ok(
      minted.some((one) => one.startsWith("ey")),
      "GitHub made no just-in-time config",
    );
    for (const secret of [token, ...minted]) ok(!argv.includes(secret), "a secret is in an argv");
  });

  it("is no drift when an ephemeral one has registered anew by itself", async () => {
    const again = async () => (await runner.ask()).runners.find(({ name }) => name === "again");
    const first = await again();
    equal((await runner.dispatch("exit 0", { scope: "orgs/example", labels: ["again"] })).exitCode, 0);
    await runner.until(
      async () => (await again())?.id !== first?.id && (await again())?.online === true,
      "it did not come back after its job",
    );
    await copy.nothingToChange();
  });

  it("just-in-time, keeps its registration over a reboot, and has it in no argv", async () => {
    const { id } = (await runner.once())!;
    await copy.host("lab-a").powerOff();
    await copy.host("lab-a").boot();
    await runner.until(async () => (await runner.once())?.online === true, "it did not come back");
    equal((await runner.once())?.id, id);
    equal(await runner.onHost(`stat -c %a ${file}-once`), "600");
    // Its environment has it, so the search is a right one; /tmp/needle keeps it out of the search's own argv.
    await runner.onHost(`sed 's/^[A-Z_]*=//' ${file}-once | cut -c1-60 >/tmp/needle`);
    const found = (what: string) =>
      runner.onHost(`cat /proc/[0-9]*/${what} | grep -cF -f /tmp/needle || true`);
    deepEqual([await found("cmdline"), Number(await found("environ")) > 0], ["0", true]);
    await runner.onHost("rm /tmp/needle");
    await copy.nothingToChange();
  });

  it("just-in-time, has one job for each up", async () => {
    const { id } = (await runner.once())!;
    const job = await runner.dispatch("echo once on $(hostname)", {
      scope: "orgs/example",
      labels: ["once"],
    });
    deepEqual([job.runner, job.output], ["once", "once on lab-a\n"]);
    await runner.until(
      async () => (await runner.onHost(`test -e ${file}-once && echo there || echo gone`)) === "gone",
      "its registration is still on the Pi",
    );
    equal(await runner.once(), undefined);
    equal(await runner.onHost("systemctl is-failed github-runner-once || true"), "inactive");
    await runner.drifts(/once has done its one job, and `pulumi up` gives it another/);
    notEqual((await runner.once())?.id, id);
  });
});
