import { deepEqual, equal, match } from "node:assert/strict";
import { forgetStep } from "../../../components/steps/forget.js";
import { FakePi, lost, off, target } from "../activation/fake-pi.js";
import { command, timeouts } from "./command.js";

describe("the step forget", () => {
  const given = command();
  let pi: FakePi;
  beforeEach(async () => {
    pi = await FakePi.make();
    given.tells({ pi: "pi", target, timeouts });
  });
  afterEach(() => pi.remove());

  it("removes our record from the Pi, in one login", async () => {
    await pi.says("activate forget", "");
    deepEqual(await forgetStep({ secrets: {}, flags: [] }), { status: "already there" });
    deepEqual(await pi.verbs(), ["activate forget"]);
    match(pi.progress.at(-1) ?? "", /^pi: forgotten;/);
  });

  it("leaves a Pi that is off as it is, and says so", async () => {
    await pi.says("activate forget", off);
    const { status, message = "" } = await forgetStep({ secrets: {}, flags: [] });
    equal(status, "already there");
    match(message, /^pi \(10\.0\.0\.9\) can't be reached/);
    deepEqual(pi.progress.at(-1), `pi: left as it is, with our record in /var/lib/pi-fleet: ${message}`);
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
