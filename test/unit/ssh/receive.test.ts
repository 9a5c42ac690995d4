import { deepEqual, equal, rejects } from "node:assert/strict";
import { receive } from "../../../components/ssh/receive.js";
import { SshSession } from "../../../components/ssh/session.js";
import { Recorder } from "../recorder.js";

const target = { name: "nas", address: "nas.local", user: "me" };
const text = "not ASCII: ü\n\0\n".repeat(5000);
const bytes = Buffer.byteLength(text);

describe("a file that is read from a host", () => {
  let recorder: Recorder;
  beforeEach(() => (recorder = new Recorder(["ssh"])));
  afterEach(() => recorder.remove());

  const read = (size: number, timeoutSeconds = 20) =>
    SshSession.with({ target, connectSeconds: 5 }, async (session) => {
      const parts: Buffer[] = [];
      const file = { path: "/nix/store/1 x.img", bytes: size };
      for await (const part of receive(session, target, file, timeoutSeconds)) parts.push(part);
      return Buffer.concat(parts);
    });

  it("comes as bytes, without what ssh and we print around it", async () => {
    recorder.answer("ssh", { stdout: text });
    equal((await read(bytes)).toString(), text);
    deepEqual(recorder.call().argv.slice(-3), ["me@nas.local", "--", "cat -- '/nix/store/1 x.img'"]);
  });

  it("comes without what a login shell prints before", async () => {
    const begin = "--- pi-fleet: the answer begins ---\n";
    recorder.answer("ssh", {
      stdout: `Welcome!\n${begin}${text}\n--- pi-fleet: the answer ends --- 0\n`,
      raw: true,
    });
    equal((await read(bytes)).toString(), text);
  });

  for (const missing of [1, 40, bytes])
    it(`that ends ${missing} bytes early is an error, and our own words are no part of it`, async () => {
      const stdout = Buffer.from(text)
        .subarray(0, bytes - missing)
        .toString();
      const stderr = "cat: read error: Input/output error\n";
      recorder.answer("ssh", { stdout, exitCode: 1, stderr });
      await rejects(read(bytes), {
        reason: "lost",
        message: "nas (nas.local) began to answer and did not end: cat: read error: Input/output error",
      });
    });

  it("can't be had when ssh fails", async () => {
    recorder.answer("ssh", { exitCode: 255, stderr: "me@nas.local: Permission denied (publickey).\n" });
    await rejects(read(bytes), { reason: "refused login" });
  });

  it("has a limit", async () => {
    recorder.answer("ssh", { stdout: "", reads: true });
    await rejects(read(bytes, 0.001), /began to answer and did not end: it takes longer than 0\.001 s/);
  });
});
