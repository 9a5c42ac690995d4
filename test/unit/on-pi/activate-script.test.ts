import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { hostname, userInfo } from "node:os";
import { ActivateScript } from "../../../components/on-pi/activate-script.js";
import { SshError } from "../../../components/ssh/ssh-error.js";
import { FakePi, lost, target } from "../activation/fake-pi.js";

const system = "/nix/store/new-system";

// `start`, `follow`, `confirm`, `record`, `hold`, `reboot` and `arrived` are asserted where they are used, in
// test/unit/activation.
describe("the typed side of activate.sh", () => {
  let pi: FakePi;

  beforeEach(async () => void (pi = await FakePi.make()));
  afterEach(() => pi.remove());

  const on = <T>(use: (script: ActivateScript) => Promise<T>, user = "root") =>
    pi.withSession((session) =>
      use(new ActivateScript(session, { ...target, user }, { connect: 5, activate: 90, confirm: 5 })),
    );

  it("reads which runners run a job and what becomes of them", async () => {
    await pi.says(
      "activate busy",
      "github-runner-a.service stops\ngithub-runner-b-2.service stays\nnginx.service stops\n",
    );
    deepEqual(await on((script) => script.busy(system)), [
      { runner: "a", then: "stops" },
      { runner: "b-2", then: "stays" },
    ]);
    deepEqual(await pi.calls(), [{ verb: "activate busy", args: [system], shared: true, input: "" }]);
  });

  it("tells what a switch would restart, or why that is unknown", async () => {
    await pi.says(
      "activate dry",
      "would activate the configuration...\nwould restart the following units: a.service\n",
      { exitCode: 1, stdout: "switch-to-configuration: no such file" },
      lost,
    );
    const dry = () => on((script) => script.dry(system));
    deepEqual(await dry(), ["would restart the following units: a.service"]);
    deepEqual(await dry(), ["which units would restart is unknown: switch-to-configuration: no such file"]);
    match((await dry())[0] ?? "", /^which units would restart is unknown: ssh to pi .* fails/);
    deepEqual((await pi.calls())[0]?.args, [system, `${userInfo().username}@${hostname()}`]);
  });

  it("tells who is at it in place of what a switch would restart", async () => {
    await pi.says("activate dry", { exitCode: 75, stdout: "held by you@there since 12:00\n" });
    await rejects(
      on((script) => script.dry(system)),
      /^PhaseError: another activation is under way on pi: held by you@there since 12:00\./,
    );
  });

  it("forgets a Pi over a fresh connection, and says why it can't", async () => {
    await pi.says("activate forget", "", { exitCode: 75, stderr: "no\n" });
    await on((script) => script.forget());
    deepEqual(await pi.calls(), [{ verb: "activate forget", args: ["pi"], shared: false, input: "" }]);
    await rejects(
      on((script) => script.forget()),
      (error) => {
        equal(error instanceof SshError && error.reason, "refused login");
        equal((error as Error).message, "pi: no");
        return true;
      },
    );
  });

  it("takes it for a lost connection while nobody may become root in the middle of an activation", async () => {
    await pi.says("activate follow", { exitCode: 1, stderr: "sudo: a password is required" });
    await rejects(
      on((script) => script.follow(30, false), "deploy"),
      (error) => {
        equal(error instanceof SshError && error.reason, "lost");
        match((error as Error).message, /^deploy can't become root on pi without a password/);
        return true;
      },
    );
  });
});
