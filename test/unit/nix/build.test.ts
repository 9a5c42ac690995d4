import { deepEqual, equal, rejects } from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "../../../components/nix/build.js";
import { thisMachine } from "../../../components/nix/build-host-target.js";
import { Recorder } from "../recorder.js";
import { quiet } from "./quiet.js";
import { fresh } from "../ssh-options.js";
import { flakes, nas, nasArguments, nasOptions } from "./command-lines.js";

const drv = "/nix/store/1-nixos.drv";

describe("nix build", () => {
  quiet();
  let recorder: Recorder;
  let state: string;
  const before = process.env["XDG_STATE_HOME"];

  beforeEach(() => {
    recorder = new Recorder();
    state = process.env["XDG_STATE_HOME"] = mkdtempSync(join(tmpdir(), "build-test-"));
  });
  afterEach(() => {
    recorder.remove();
    rmSync(state, { recursive: true });
    if (before === undefined) delete process.env["XDG_STATE_HOME"];
    else process.env["XDG_STATE_HOME"] = before;
  });

  it("on this machine keeps the result by a root of the Pi's", async () => {
    recorder.answer("nix");
    await build(thisMachine, { drv, pi: "pi-a", timeoutSeconds: 20 });
    deepEqual(recorder.call(), {
      program: "nix",
      argv: [...flakes, "build", `${drv}^out`, "--out-link", join(state, "pi-fleet/roots/pi-a")],
      stdin: "",
      env: { LC_ALL: "C" },
    });
    equal(existsSync(join(state, "pi-fleet/roots")), true);
  });

  it("on a build host sends it the derivation, and builds there", async () => {
    recorder.answer("nix");
    recorder.answer("ssh");
    await build(nas, { drv, pi: "pi-a", timeoutSeconds: 20 });
    const script =
      'mkdir -p "${2%/*}" && root=$2 drv=$1 && shift 2 && exec nix "$@" build "$drv" --out-link "$root"';
    deepEqual(recorder.calls(), [
      {
        program: "nix",
        argv: [...flakes, "copy", "--derivation", "--to", "ssh-ng://me@nas.local", drv],
        stdin: "",
        env: { LC_ALL: "C", NIX_SSHOPTS: [...nasOptions, ...fresh].join(" ") },
      },
      {
        program: "ssh",
        argv: [
          ...[...nasArguments, "me@nas.local", "--"],
          `sh -c '${script}' sh '${drv}^out' .local/state/pi-fleet/roots/pi-a ` +
            "--extra-experimental-features 'nix-command flakes'",
        ],
        stdin: "",
        env: { LC_ALL: "C" },
      },
    ]);
  });

  it("that fails is told with Nix's reason, and where", async () => {
    recorder.answer("nix", { exitCode: 1, stderr: "building…\nerror: it broke\n", when: " build " });
    recorder.answer("nix");
    recorder.answer("ssh", { exitCode: 1, stderr: "error: it broke there\n" });
    const args = { drv, pi: "pi-a", timeoutSeconds: 20 };
    await rejects(build(thisMachine, args), {
      ...{ name: "PhaseError", phase: "build" },
      message: "the build failed on this machine:\nerror: it broke",
    });
    await rejects(build(nas, args), {
      ...{ name: "PhaseError", phase: "build" },
      message: "the build failed on nas:\nerror: it broke there",
    });
  });

  it("is not begun when the derivation can't be sent", async () => {
    recorder.answer("nix", { exitCode: 1, stderr: "error: cannot connect to 'me@nas.local'\n" });
    await rejects(build(nas, { drv, pi: "pi-a", timeoutSeconds: 20 }), {
      ...{ name: "PhaseError", phase: "build" },
      message:
        "the derivation could not be sent to the build host nas (nas.local):\nerror: cannot connect to 'me@nas.local'",
    });
    equal(recorder.calls().length, 1);
  });

  it("keeps why ssh failed as the cause", async () => {
    recorder.answer("nix");
    recorder.answer("ssh", { exitCode: 255, stderr: "Connection closed by 192.0.2.9\n" });
    await rejects(build(nas, { drv, pi: "pi-a", timeoutSeconds: 20 }), (error: Error) => {
      equal(error.message, "the build host: ssh to nas (nas.local) fails: Connection closed by 192.0.2.9");
      return (error.cause as Error).name === "SshError";
    });
  });
});
