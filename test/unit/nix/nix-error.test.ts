import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { buildFailure, sendFailure } from "../../../components/nix/build-failure.js";
import { missingSystem } from "../../../components/nix/missing-system.js";
import { nix } from "../../../components/nix/nix.js";
import { noNixThere } from "../../../components/nix/no-nix-there.js";
import { nixError, noNix } from "../../../components/nix/nix-error.js";

// Both wordings of Nix: up to 2.31 and since.
const oldWords = `error: a 'aarch64-linux' with features {} is required to build '/nix/store/1-x.drv', but I am a 'x86_64-linux' with features {kvm}`;
const newWords = `error: Cannot build '/nix/store/1-x.drv'.
       Reason: required system or feature not available
       Required system: 'aarch64-linux' with features {}
       Current system: 'x86_64-linux' with features {kvm}`;

describe("Nix's error", () => {
  it("is what comes from the first `error:` on, without advice about logs", () => {
    const stderr = `copying path
warning: old
error: builder for '/nix/store/1-x.drv' failed with exit code 1;
       last 1 log lines:
       > no

       For full logs, run:
         nix log /nix/store/1-x.drv
error: 1 dependencies of derivation '/nix/store/2-y.drv' failed to build
`;
    equal(
      nixError(stderr),
      `error: builder for '/nix/store/1-x.drv' failed with exit code 1;
last 1 log lines:
> no
error: 1 dependencies of derivation '/nix/store/2-y.drv' failed to build`,
    );
    equal(nixError(stderr, 1), "error: builder for '/nix/store/1-x.drv' failed with exit code 1;");
  });

  it("of a trace is the reason at its end", () => {
    const stderr = `error:
       … while calling the 'mapAttrs' builtin
         at /nix/store/1-source/flake.nix:30:20:
       … while evaluating the attribute 'x'

       (stack trace truncated; use '--show-trace' to show the full, detailed trace)

       error: attribute 'nowhere' missing
       at /nix/store/1-source/flake.nix:3:4:
`;
    equal(nixError(stderr), "error: attribute 'nowhere' missing\nat /nix/store/1-source/flake.nix:3:4:");
  });

  it("of failed assertions names them, which come after an `error:` on a line of its own", () => {
    const stderr = `error:
       … while evaluating the attribute 'value'
         at /nix/store/1-source/lib/modules.nix:193:7:
          192|       defs = ordered;
          193|       value =
             |       ^

       (stack trace truncated; use '--show-trace' to show the full, detailed trace)

       error:
       Failed assertions:
       - No device specified for mount point ‘/’.
`;
    equal(nixError(stderr), "Failed assertions:\n- No device specified for mount point ‘/’.");
  });

  it("of a connection begins with ssh's own words", () => {
    const stderr =
      "ssh: connect to host nas port 22: No route to host\nerror: failed to start SSH connection to 'nas'\n";
    equal(nixError(stderr), stderr.trim());
  });

  it("of a connection keeps what the far shell says, without what Nix says of its work", () => {
    const stderr =
      "warning: 'x' is old\ncopying 1 paths...\nbash: line 1: nix-daemon: command not found\n" +
      "error: Nix daemon disconnected unexpectedly (maybe it crashed?)\n";
    equal(
      nixError(stderr),
      "bash: line 1: nix-daemon: command not found\nerror: Nix daemon disconnected unexpectedly (maybe it crashed?)",
    );
  });

  it("says what to do when the far shell does not find Nix, in the words of each shell", () => {
    const said = [
      "bash: line 1: nix-daemon: command not found",
      "sh: 1: nix: not found",
      "zsh:1: command not found: nix-daemon",
      "fish: Unknown command: nix-daemon",
      "nix-daemon: Command not found.",
      "sudo: nix-daemon: command not found",
      "env: 'nix': No such file or directory",
    ];
    for (const words of said)
      match(noNixThere({ name: "nas", user: "me" }, words), /^nas does not find Nix when me /);
    equal(
      noNixThere({ name: "nas" }, "error: flake 'x' does not provide attribute: nix not found there"),
      "",
    );
  });

  it("without an `error:` is the last lines", () => {
    equal(nixError("one\ntwo\nthree", 2), "two\nthree");
    equal(nixError(""), "");
  });
});

describe("a system that nobody can build for", () => {
  for (const [what, words] of [
    ["older", oldWords],
    ["newer", newWords],
  ] as const)
    it(`is read from the ${what} wording of Nix`, () => equal(missingSystem(words), "aarch64-linux"));

  it("is none in other errors", () => equal(missingSystem("error: builder failed"), undefined));
});

describe("a failed build", () => {
  const told = (stderr: string) => {
    const { name, phase, message } = buildFailure(stderr, "nas");
    deepEqual([name, phase], ["PhaseError", "build"]);
    return message;
  };

  it("for a system that is missing says how to add it, in both wordings of Nix", () => {
    for (const words of [oldWords, newWords])
      equal(
        told(words),
        'nas can\'t build for aarch64-linux. On NixOS set boot.binfmt.emulatedSystems = [ "aarch64-linux" ]; on another ' +
          "Linux install qemu-user-static (binfmt) and add extra-platforms = aarch64-linux to its nix.conf; or name another buildHost.",
      );
  });

  it("for programs that can't be run says what is missing", () => {
    const stderr = "error: executing '/nix/store/1-sh': Exec format error\nerror: second";
    equal(
      told(stderr),
      "nas is told to build for a foreign system but can't run its programs (Exec format error): binfmt with qemu-user is " +
        `not registered, or not with the F flag. On Debian: apt install qemu-user-static.\n${stderr}`,
    );
  });

  it("for another reason has Nix's words", () => {
    equal(told("noise\nerror: it broke"), "the build failed on nas:\nerror: it broke");
  });

  it("that could not be sent names the build host", () => {
    equal(
      sendFailure("error: no", { name: "nas", address: "192.0.2.9" }),
      "the derivation could not be sent to the build host nas (192.0.2.9):\nerror: no",
    );
  });
});

describe("a machine without Nix", () => {
  const path = process.env["PATH"];
  afterEach(() => (process.env["PATH"] = path));

  it("is told where to get it", async () => {
    process.env["PATH"] = "/nowhere";
    await rejects(nix(["--version"]), { name: "UserError", message: noNix });
  });
});
