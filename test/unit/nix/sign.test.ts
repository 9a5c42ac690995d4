import { deepEqual, rejects } from "node:assert/strict";
import { thisMachine } from "../../../components/nix/build-host-target.js";
import { sign } from "../../../components/nix/sign.js";
import { Recorder } from "../recorder.js";
import { fresh } from "../ssh-options.js";
import { flakes, nas, nasOptions } from "./command-lines.js";

const secretKey = "pi-fleet-1:c2VjcmV0";
const args = { toplevel: "/nix/store/1-nixos", secretKey, timeoutSeconds: 20 };

describe("nix store sign", () => {
  let recorder: Recorder;
  beforeEach(() => (recorder = new Recorder()));
  afterEach(() => recorder.remove());

  it("gets the key on stdin", async () => {
    recorder.answer("nix");
    await sign(thisMachine, args);
    deepEqual(recorder.call(), {
      program: "nix",
      argv: [...flakes, "store", "sign", "--recursive", "--key-file", "/dev/stdin", args.toplevel],
      stdin: secretKey,
      env: { LC_ALL: "C" },
    });
  });

  it("signs in the store of a build host, from here", async () => {
    recorder.answer("nix");
    await sign(nas, args);
    deepEqual(recorder.call(), {
      program: "nix",
      argv: [
        ...[...flakes, "store", "sign", "--recursive", "--key-file", "/dev/stdin"],
        ...["--store", "ssh-ng://me@nas.local", args.toplevel],
      ],
      stdin: secretKey,
      env: { LC_ALL: "C", NIX_SSHOPTS: [...nasOptions, ...fresh].join(" ") },
    });
  });

  it("that fails is told without the key", async () => {
    recorder.answer("nix", { exitCode: 1, stderr: "error: path '/nix/store/1-nixos' is not valid\n" });
    await rejects(sign(thisMachine, args), {
      ...{ name: "PhaseError", phase: "build" },
      message: "the closure could not be signed:\nerror: path '/nix/store/1-nixos' is not valid",
    });
  });
});
