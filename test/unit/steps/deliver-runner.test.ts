import { deepEqual, equal, match, notEqual } from "node:assert/strict";
import { clock } from "../../../components/shared/until.js";
import { deliverRunnerStep } from "../../../components/steps/deliver-runner.js";
import { lost, off } from "../activation/fake-pi.js";
import { scope } from "../runners/github-server.js";
import { registrationOf, runnerStep } from "./runner-step.js";

const bare = "unit=yes\nactive=inactive\n";
const active = "unit=yes\nactive=active\nversion=2.1.0\n";

describe("the step deliver-runner", () => {
  const world = runnerStep();
  const { server, given } = world;
  const step = (githubToken = "right", flags: string[] = []) =>
    deliverRunnerStep({ secrets: { githubToken }, flags });

  beforeEach(async () => {
    for (const verb of ["deliver", "note", "restart", "stop"]) await world.pi.says(`runner ${verb}`, "");
  });

  /** What happens while the step waits, one for each time. */
  function meanwhile(...happenings: (() => unknown)[]): void {
    const { pause } = clock;
    clock.pause = async (milliseconds) => {
      await happenings.shift()?.();
      await pause(milliseconds);
    };
  }

  /** The Pi registers with what was delivered to it. */
  const registersWithToken = async () => {
    const token = (await world.pi.calls()).find(({ verb }) => verb === "runner deliver")?.input ?? "";
    await world.registers("a", { token });
  };

  const ours = (id: number) =>
    `${active}id=${id}\nscope=${scope}\nregistration=0123\ntoken=yes\nagent=${id}\n`;

  it("registers a runner that its Pi has nothing of, and notes that", async () => {
    await world.pi.says("runner state", bare, active);
    meanwhile(registersWithToken);
    const { registration, status } = await step();
    const id = server.github.runnersOf(scope)[0]!.id;
    deepEqual([status, registration], ["converged", registrationOf(id)]);
    const calls = await world.pi.calls();
    deepEqual(
      calls.map(({ verb, args }) => [verb, ...args]),
      [
        ["runner state", "a"],
        ["runner deliver", "a", "/token", "0123", scope],
        ["runner note", "a", "/token", "0123", scope, String(id), "delivery 1"],
        ["runner state", "a"],
      ],
    );
    // GitHub's token of an hour, and not the stack's own.
    equal(server.github.credentials.get(calls[1]!.input)?.kind, "registration");
  });

  it("gives the Pi the stack's own token only when config says so", async () => {
    world.describe({ credential: { kind: "token" } });
    await world.pi.says("runner state", bare, active);
    meanwhile(() => world.registers("a"));
    await step(" right\n");
    const calls = await world.pi.calls();
    equal(calls.find(({ verb }) => verb === "runner deliver")?.input, "right");
  });

  it("only reads when all is well", async () => {
    const { id } = await world.registers("a");
    await world.pi.says("runner state", ours(id));
    const { status, registration } = await step();
    deepEqual([status, registration], ["already there", registrationOf(id)]);
    deepEqual(await world.pi.verbs(), ["runner state", "runner note", "runner state"]);
    deepEqual(world.changes(), []);
    notEqual(server.github.log.length, 0);
  });

  it("restarts a runner that is registered and does not run, or is offline", async () => {
    const runner = await world.registers("a");
    await world.pi.says("runner state", ours(runner.id).replace("active=active", "active=failed"));
    equal((await step()).status, "already there");
    equal((await world.pi.verbs())[1], "runner restart");
    runner.connected = false;
    await world.pi.saysNow("runner state", ours(runner.id));
    meanwhile(() => (runner.connected = true));
    equal((await step()).status, "already there");
    equal((await world.pi.verbs()).filter((verb) => verb === "runner restart").length, 2);
    deepEqual(world.changes(), []);
  });

  const changed: [what: string, from: RegExp, to: string][] = [
    ["is to be registered otherwise", /0123/, "4567"],
    ["lost its token", /token=yes/, "token="],
  ];
  for (const [what, from, to] of changed) {
    it(`registers a runner anew that ${what}`, async () => {
      const { id } = await world.registers("a");
      await world.pi.says("runner state", ours(id).replace(from, to), active);
      meanwhile(registersWithToken);
      equal((await step()).status, "converged");
      deepEqual(world.changes(), [`DELETE /${id}`, "POST /registration-token"]);
      equal(server.github.runners.has(id), false);
    });
  }

  it("leaves another machine alone that is online under the name", async () => {
    const { id } = await world.registers("a");
    await world.pi.says("runner state", bare);
    deepEqual(await step(), {
      ...{ status: "failed", phase: "runner" },
      message:
        "another machine is online as a in repos/o/r, and this stack did not register it: give this runner another " +
        "name, or remove that one on GitHub",
    });
    deepEqual([world.changes(), await world.pi.verbs()], [[], ["runner state"]]);
    equal(server.github.runners.has(id), true);
  });

  it("takes the name of one that is offline, or that this stack registered", async () => {
    for (const online of [false, true]) {
      const { id } = await world.registers("a", { online });
      if (online) given.endedWith({ registration: registrationOf(id) });
      await world.pi.saysNow("runner state", bare, active);
      await world.pi.saysNow("runner deliver", "");
      meanwhile(() => world.registers("a"));
      equal((await step()).status, "converged");
      equal(server.github.runners.has(id), false);
      server.github.runners.clear();
    }
  });

  it("removes what this stack had registered under another name", async () => {
    const { id } = await world.registers("old");
    given.endedWith({ registration: registrationOf(id, { name: "old" }) });
    await world.pi.says("runner state", bare, active);
    meanwhile(registersWithToken);
    await step();
    deepEqual(world.names(), ["a"]);
  });

  it("waits for a job to end before it registers anew, and no longer than it may", async () => {
    const runner = await world.registers("a");
    runner.job = 1;
    await world.pi.says("runner state", ours(runner.id).replace("0123", "4567"), active);
    meanwhile(() => (runner.job = undefined), registersWithToken);
    equal((await step()).status, "converged");
    const again = server.github.runnersOf(scope)[0]!;
    again.job = 2;
    await world.pi.saysNow("runner state", ours(again.id).replace("0123", "4567"));
    const { status, message = "" } = await step();
    equal(status, "failed");
    match(message, /^a runs a job for longer than 9 s, and is registered anew only after it/);
    equal(server.github.runners.has(again.id), true);
  });

  it("keeps the registration of a runner that does not come online", async () => {
    const state = `${bare.replace("inactive", "activating")}journal=first\njournal=last words\n`;
    await world.pi.says("runner state", bare, state);
    meanwhile(async () => {
      await registersWithToken();
      server.github.runnersOf(scope)[0]!.connected = false;
    });
    deepEqual(await step(), {
      ...{ status: "failed", phase: "runner" },
      message:
        "a is not online after 3 s: GitHub lists it as offline in repos/o/r, and its unit is activating:\nfirst\nlast words",
      registration: registrationOf(server.github.runnersOf(scope)[0]?.id ?? 0, {
        ...{ activity: "offline", version: "", labels: [] },
      }),
    });
  });

  it("keeps the last registration when the Pi, GitHub or the credential fails", async () => {
    const registration = registrationOf(7);
    given.endedWith({ registration });
    const failed = async (message: RegExp, token?: string, flags?: string[]) => {
      const result = await step(token, flags);
      deepEqual([result.status, result.phase, result.registration], ["failed", "runner", registration]);
      match(result.message ?? "", message);
    };
    await world.pi.says("runner state", lost);
    await failed(/fails: Connection reset/, "right", ["may-await-flash"]);
    await world.pi.saysNow("runner state", "active=inactive\n");
    await failed(/has no unit github-runner-a\.service: its activation has not ended well/);
    await world.pi.saysNow("runner state", bare);
    await failed(/401 Bad credentials/, "tok-wrong");
    await failed(/the stack has no githubToken: pulumi config set --secret/, "");
  });

  it("waits for the card of a Pi that was never there", async () => {
    await world.pi.says("runner state", off);
    deepEqual(await step("right", ["may-await-flash"]), { status: "awaiting flash" });
    equal((await step("right")).status, "failed");
    await world.pi.saysNow("runner state", lost);
    equal((await step("right", ["may-await-flash"])).status, "failed");
  });

  it("registers for one job, which may be over before anybody looks", async () => {
    world.describe({ credential: { kind: "just-in-time" } });
    await world.pi.says("runner state", bare, `${active}done=yes\n`);
    meanwhile(() => server.github.runners.clear());
    const { status, registration } = await step();
    deepEqual([status, registration?.activity, typeof registration?.id], ["converged", "done", "number"]);
    match((await world.pi.calls())[1]?.input ?? "", /^ACTIONS_RUNNER_INPUT_JITCONFIG=/);
  });

  it("takes the runner that it replaces for the new one only once its Pi has registered", async () => {
    const runner = await world.registers("a");
    runner.job = 1;
    world.describe({ interruptJobs: true });
    const replaced = ours(runner.id).replace("0123", "4567");
    await world.pi.says("runner state", replaced, bare, bare, ours(runner.id));
    let waits = 0;
    meanwhile(
      () => waits++,
      () => waits++,
    );
    equal((await step()).status, "converged");
    equal(waits, 2);
  });

  it("registers for no job in place of a machine that came online under the name meanwhile", async () => {
    world.describe({ credential: { kind: "just-in-time" } });
    const { id } = await world.registers("a");
    const { github } = server;
    const runnersOf = github.runnersOf.bind(github);
    github.runnersOf = () => {
      github.runnersOf = runnersOf;
      return [];
    };
    await world.pi.says("runner state", bare);
    const { status, message = "" } = await step();
    equal(status, "failed");
    match(message, /409\): Already exists/);
    equal(github.runners.has(id), true);
  });
});
