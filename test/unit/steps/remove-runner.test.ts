import { deepEqual, equal, match } from "node:assert/strict";
import { removeRunnerStep } from "../../../components/steps/remove-runner.js";
import { off } from "../activation/fake-pi.js";
import { registrationOf, runnerStep } from "./runner-step.js";

describe("the step remove-runner", () => {
  const world = runnerStep();
  const { server, given } = world;
  const step = (githubToken = "right") => removeRunnerStep({ secrets: { githubToken }, flags: [] });

  beforeEach(() => world.pi.says("runner remove", "agent=99\n"));

  it("removes the runner from GitHub, and from its Pi by its id", async () => {
    const { id } = await world.registers("a");
    given.endedWith({ registration: registrationOf(id) });
    deepEqual(await step(), { status: "already there" });
    deepEqual([world.names(), world.changes()], [[], [`DELETE /${id}`]]);
    deepEqual(
      (await world.pi.calls()).map(({ args }) => args),
      [["a", "/token", String(id)]],
    );
  });

  it("prefers the credential of the environment, which is newer than the state's", async () => {
    const { id } = await world.registers("a");
    given.endedWith({ registration: registrationOf(id) });
    given.set({ GITHUB_TOKEN: "tok-wrong" });
    const { status, message = "" } = await step("right");
    equal(status, "already there");
    match(message, /^the runner a stays registered in repos\/o\/r: .*401/);
    deepEqual(world.names(), ["a"]);
    given.set({ GITHUB_TOKEN: "right" });
    world.describe({ credential: { kind: "app", appId: 1 } });
    deepEqual(await step("no key"), { status: "already there" });
    deepEqual(world.names(), []);
  });

  it("leaves a runner alone that was registered since, under another id or another name", async () => {
    const later = await world.registers("a");
    const stranger = await world.registers("b");
    for (const id of [later.id + 100, stranger.id]) {
      given.endedWith({ registration: registrationOf(id) });
      deepEqual(await step(), { status: "already there" });
    }
    deepEqual([world.names(), world.changes()], [["a", "b"], []]);
  });

  it("takes of an ephemeral runner the id that its Pi has now", async () => {
    const { id } = await world.registers("a");
    given.endedWith({ registration: registrationOf(id + 100) });
    await world.pi.saysNow("runner remove", `agent=${id}\n`);
    await step();
    deepEqual(world.names(), ["a"]);
    world.describe({ ephemeral: true });
    await step();
    deepEqual(world.names(), []);
  });

  it("removes it from GitHub though its Pi is off, and says what stays", async () => {
    const { id } = await world.registers("a");
    given.endedWith({ registration: registrationOf(id) });
    await world.pi.saysNow("runner remove", off);
    const { status, message = "" } = await step();
    equal(status, "already there");
    match(message, /^its runner's token stays on it: pi \(10\.0\.0\.9\) can't be reached/);
    deepEqual([world.names(), world.pi.progress.at(-1)], [[], `pi: ${message}`]);
  });

  it("asks GitHub nothing when nothing was registered", async () => {
    deepEqual(await step(""), { status: "already there" });
    deepEqual(server.github.log, []);
    deepEqual(
      (await world.pi.calls()).map(({ args }) => args),
      [["a", "/token", ""]],
    );
  });
});
