import { equal, match, ok, rejects } from "node:assert/strict";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "../../../components/ssh/connection.js";
import { SshSession } from "../../../components/ssh/session.js";
import { until } from "../../../components/shared/until.js";

// A stand-in of ssh that does what its script says, beside real processes and real time.
describe("a shared connection", function () {
  this.timeout(20_000);
  const target = { name: "a", address: "10.0.0.9", user: "pi" };
  const path = process.env["PATH"];
  let dir: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "pi-fleet-connection-"));
    process.env["PATH"] = `${dir}:${path}`;
  });

  afterEach(async () => {
    process.env["PATH"] = path;
    await rm(dir, { recursive: true });
  });

  const open = () => SshSession.with({ target, connectSeconds: 1 }, (session) => connect(session, target));

  it("is open once the far shell runs our command, whatever its profile says first, and ends when it is closed", async () => {
    await ssh('printf "Welcome! connec"; echo; echo connected; exec cat');
    const connection = await open();
    await connection.close();
    equal(await isGone(), true);
  });

  it("is given up when the login shell hangs, in words that don't take the host for off", async () => {
    await ssh("exec sleep 1000");
    const started = Date.now();
    await rejects(open, (error: Error & { reason?: string }) => {
      equal(error.reason, "lost");
      match(error.message, /a \(10\.0\.0\.9\) runs nothing for us within 2 s.*login shell of pi hangs/);
      return true;
    });
    ok(Date.now() - started < 10_000);
    equal(await isGone(), true);
  });

  it("is not waited for without end when it is closed", async () => {
    await ssh("trap '' TERM; echo connected; cat >/dev/null; exec sleep 1000");
    const connection = await open();
    await connection.close();
    equal(await isGone(), true);
  });

  async function ssh(script: string): Promise<void> {
    await writeFile(join(dir, "ssh"), `#!/bin/sh\necho $$ >${dir}/pid\n${script}\n`);
    await chmod(join(dir, "ssh"), 0o755);
  }

  /** Whether the process of ssh ends, within the time that it has to end by itself. */
  async function isGone(): Promise<boolean> {
    const pid = Number(await readFile(join(dir, "pid"), "utf8"));
    const gone = () => {
      try {
        process.kill(pid, 0);
        return undefined;
      } catch {
        return true;
      }
    };
    return (await until(async () => gone(), { limitSeconds: 5, everySeconds: 0.05 })) ?? false;
  }
});
