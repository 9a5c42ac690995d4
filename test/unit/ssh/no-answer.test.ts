import { equal, match } from "node:assert/strict";
import { noAnswer } from "../../../components/ssh/no-answer.js";
import { SshSession } from "../../../components/ssh/session.js";
import { Recorder } from "../recorder.js";

describe("an ssh that was given up", () => {
  let recorder: Recorder;
  beforeEach(() => (recorder = new Recorder(["ssh"])));
  afterEach(() => recorder.remove());

  const given = (address: string, config = "") => {
    recorder.answer("ssh", { stdout: config });
    const target = { name: "a", address };
    return SshSession.with({ target, connectSeconds: 1 }, (session) => noAnswer(session, target, 9, ""));
  };

  // RFC 6761: no name below `invalid` has an address.
  it("while it searched for a name that has no address means a host that is off", async () => {
    const { reason, message } = await given("a.local", "hostname a.invalid\nport 22\n");
    equal(reason, "unreachable");
    equal(message, "a (a.local) can't be reached: no address is found for a.invalid");
    equal(recorder.call().argv[0], "-G");
  });

  const hangs: Record<string, [address: string, config: string]> = {
    "a name that has an address": ["a.local", "hostname localhost\n"],
    "a name that a jump host searches for": ["a.local", "hostname a.invalid\nproxyjump jump\n"],
    "a name that a proxy searches for": ["a.local", "hostname a.invalid\nproxycommand nc %h %p\n"],
    "an address": ["fd00::7", ""],
  };
  for (const [what, [address, config]] of Object.entries(hangs))
    it(`at ${what} does not`, async () => {
      const { reason, message } = await given(address, config);
      equal(reason, "lost");
      match(message, /^a \(.*\) gave no answer within 9 s$/);
    });
});
