import { deepEqual, equal, match } from "node:assert/strict";
import { forgetStep } from "../../../components/steps/forget.js";
import { FakePi, lost, off, statusText, target } from "../activation/fake-pi.js";
import { command, timeouts } from "./command.js";

describe("the step forget", () => {
  const given = command();
  let pi: FakePi;
  beforeEach(async () => {
    pi = await FakePi.make();
    given.tells({ pi: "pi", target, timeouts });
  });
  afterEach(() => pi.remove());

  it("removes our record from the Pi", async () => {
    await pi.says("activate forget", "");
    await pi.says("status", statusText("/nix/store/a"));
    deepEqual(await forgetStep({ secrets: {}, flags: [] }), { status: "already there" });
    match(pi.progress.at(-1) ?? "", /^pi: forgotten; .* your own keys still log in$/);
  });

  it("says of a Pi that takes only signed systems who can still update it", async () => {
    await pi.says("activate forget", "");
    await pi.says("status", statusText("/nix/store/a", { restricted: "yes" }));
    await forgetStep({ secrets: {}, flags: [] });
    match(pi.progress.at(-1) ?? "", /^pi: forgotten; .*takes no other .* somebody in wheel, .* a new card$/);
  });

  it("also reaches a Pi by a login of before, which the state still has", async () => {
    given.tells({ pi: "pi", timeouts, target: { ...target, port: 2222, former: [{ ...target, port: 22 }] } });
    await pi.says("activate forget", "");
    await pi.refuses(["root@10.0.0.9 port 2222"]);
    deepEqual(await forgetStep({ secrets: {}, flags: [] }), { status: "already there" });
    // The second time it asks for its status.
    const before = "root@10.0.0.9 port 22";
    deepEqual(await pi.tried(), ["root@10.0.0.9 port 2222", before, before]);
  });

  it("leaves a Pi that is off as it is, and says so", async () => {
    await pi.says("activate forget", off);
    const { status, message = "" } = await forgetStep({ secrets: {}, flags: [] });
    equal(status, "already there");
    match(message, /^pi \(10\.0\.0\.9\) can't be reached/);
    deepEqual(pi.progress.at(-1), `pi: left as it is, with our record in /var/lib/pi-fleet: ${message}`);
  });

  it("leaves a Pi as it is that somebody else changes, and says who", async () => {
    await pi.says("activate forget", { exitCode: 75, stdout: "held by you@there since 12:00\n" });
    const { status, message } = await forgetStep({ secrets: {}, flags: [] });
    deepEqual([status, message], ["already there", "pi: held by you@there since 12:00"]);
  });

  it("does not take a Pi that it can't read for one that is off", async () => {
    await pi.says("activate forget", lost);
    const { status, message = "" } = await forgetStep({ secrets: {}, flags: [] });
    deepEqual(
      [status, message],
      ["already there", "ssh to pi (10.0.0.9) fails: Connection reset by 10.0.0.9 port 22"],
    );
    match(
      pi.progress.at(-1) ?? "",
      /^pi: it may be on, and could not be told to forget: our record and .* stay on it/,
    );
  });
});
