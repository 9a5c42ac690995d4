import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { thisMachine } from "../../../components/nix/build-host-target.js";
import { copyClosure } from "../../../components/nix/copy.js";
import { packageRoot } from "../../../components/shared/package-root.js";
import { runProcess } from "../../../components/shared/run-process.js";
import { SshSession } from "../../../components/ssh/session.js";
import { type Target } from "../../../components/ssh/target.js";
import { Recorder } from "../recorder.js";
import { quiet } from "./quiet.js";
import { always, byAgent, fresh, pin } from "../ssh-options.js";
import { flakes, hostKey, nas, nasArguments } from "./command-lines.js";
import { newSshKeys } from "../../ssh-keys.js";

const toplevel = "/nix/store/1-nixos";
const privateKey = newSshKeys().private;
const pushScript = readFileSync(join(packageRoot, "components/nix/push.sh"), "utf8");
const sudo = "?remote-program=sudo%20-n%20nix-daemon";

function pi(options: Partial<Target> = {}): Target {
  return { name: "pi-a", address: "192.0.2.7", user: "pi", hostKey, ...options };
}

function copy(target: Target, buildHost = thisMachine, restricted = false) {
  return SshSession.with({ target, privateKey, connectSeconds: 7 }, (session) =>
    copyClosure(session, target, { toplevel, buildHost, restricted, timeoutSeconds: 20 }),
  );
}

describe("nix copy", () => {
  quiet();
  let recorder: Recorder;
  const usersAgent = process.env["SSH_AUTH_SOCK"];
  beforeEach(() => {
    recorder = new Recorder();
    delete process.env["SSH_AUTH_SOCK"];
  });
  afterEach(() => {
    recorder.remove();
    if (usersAgent !== undefined) process.env["SSH_AUTH_SOCK"] = usersAgent;
  });

  const users: [what: string, target: Target, restricted: boolean, args: string[]][] = [
    [
      "as root needs no sudo",
      pi({ user: "root" }),
      false,
      ["--no-check-sigs", "--substitute-on-destination", "--to", "ssh-ng://root@192.0.2.7", toplevel],
    ],
    [
      "as another user becomes root by sudo",
      pi(),
      false,
      ["--no-check-sigs", "--substitute-on-destination", "--to", `ssh-ng://pi@192.0.2.7${sudo}`, toplevel],
    ],
    [
      "to a restricted Pi stays the user and has signatures checked",
      pi(),
      true,
      ["--substitute-on-destination", "--to", "ssh-ng://pi@192.0.2.7", toplevel],
    ],
  ];
  for (const [what, target, restricted, args] of users) {
    it(`from here ${what}`, async () => {
      recorder.answer("nix");
      await copy(target, thisMachine, restricted);
      const options = [...always(7), ...pin("pi-a", "SESSION/0.known"), ...byAgent("SESSION/agent")];
      deepEqual(recorder.call(), {
        program: "nix",
        argv: [...flakes, "copy", ...args],
        stdin: "",
        env: {
          LC_ALL: "C",
          NIX_SSHOPTS: [...options, "-o", "ControlPath=SESSION/0.ctl"].join(" "),
        },
      });
    });

    it(`from a build host ${what}`, async () => {
      recorder.answer("ssh");
      await copy(target, nas, restricted);
      const onward = [...always(15), ...pin("pi-a"), ...byAgent("SSH_AUTH_SOCK"), ...fresh];
      const quoted = args.map((word) => (word.includes("?") ? `'${word}'` : word)).join(" ");
      deepEqual(recorder.call(), {
        program: "ssh",
        argv: [
          ...["-o", "ForwardAgent=SESSION/agent", ...nasArguments, "me@nas.local"],
          "--",
          `sh -s -- 'pi-a ${hostKey}' '${onward.join(" ")}' ${quoted}`,
        ],
        stdin: pushScript,
        env: { LC_ALL: "C", SSH_AUTH_SOCK: "SESSION/agent" },
      });
    });
  }

  it("to a Pi with a port names it, from here and from a build host", async () => {
    recorder.answer("nix");
    recorder.answer("ssh");
    await copy(pi({ port: 23 }));
    await copy(pi({ port: 23 }), nas);
    const [here, there] = recorder.calls();
    match(here?.env["NIX_SSHOPTS"] ?? "", / -p 23 /);
    match(there?.argv.at(-1) ?? "", / -o ControlPath=none -o Port=23' --no-check-sigs/);
  });

  it("on the build host has the Pi's key alone as known host, in a folder that goes away", async () => {
    recorder.answer("nix");
    const temporary = mkdtempSync(join(tmpdir(), "push-test-"));
    try {
      const { exitCode } = await runProcess(
        "sh",
        ["-s", "--", `pi-a ${hostKey}`, "-o BatchMode=yes", "--to", "ssh-ng://pi@pi-a", toplevel],
        { input: pushScript, env: { TMPDIR: temporary } },
      );
      equal(exitCode, 0);
      const { argv, env } = recorder.call();
      deepEqual(argv, [...flakes, "copy", "--to", "ssh-ng://pi@pi-a", toplevel]);
      const [, folder] = /UserKnownHostsFile=(.*)\/known /.exec(env["NIX_SSHOPTS"] ?? "") ?? [];
      equal(
        env["NIX_SSHOPTS"],
        `-o UserKnownHostsFile=${folder}/known -o GlobalKnownHostsFile=/dev/null -o BatchMode=yes`,
      );
      equal(folder?.startsWith(temporary), true);
      deepEqual(readdirSync(temporary), []);
    } finally {
      rmSync(temporary, { recursive: true });
    }
  });

  const failures: [what: string, stderr: string, message: string][] = [
    [
      "for a reason of Nix's own",
      "copying 3 paths...\nerror: unexpected end-of-file\n",
      "the closure could not be copied:\nerror: unexpected end-of-file",
    ],
    [
      "as a login shell prints",
      "error: interrupted by the user\nerror: protocol mismatch, got 'Welcome'\n",
      "The login shell of pi on pi-a prints text on stdout, which Nix takes for an answer of its own. A login shell must print " +
        "nothing when nobody types into it: in its startup file (such as ~/.bashrc, ~/.tcshrc or /etc/profile), let only an " +
        "interactive shell print.\nthe closure could not be copied:\n" +
        "error: interrupted by the user\nerror: protocol mismatch, got 'Welcome'",
    ],
    ...["lacks a signature by a trusted key", "lacks a valid signature"].map(
      (words): [string, string, string] => [
        `as the closure ${words}`,
        `error: cannot add path '/nix/store/1-nixos' because it ${words}\n`,
        "pi-a takes only systems that the key signed which it knows. If config no longer says hosts.pi-a.sudo.onlyActivation, " +
          "set it to false for one `pulumi up`; if the key was made anew, somebody who is root there must switch it.\n" +
          `the closure could not be copied:\nerror: cannot add path '/nix/store/1-nixos' because it ${words}`,
      ],
    ),
  ];
  for (const [what, stderr, message] of failures)
    it(`that fails ${what} says what to do`, async () => {
      recorder.answer("nix", { exitCode: 1, stderr });
      recorder.answer("ssh", { exitCode: 1, stderr });
      for (const buildHost of [thisMachine, nas])
        await rejects(copy(pi(), buildHost), { name: "PhaseError", phase: "copy", message });
    });

  it("from a build host that the Pi does not let in goes through this machine, over the open connections", async () => {
    recorder.answer("ssh", {
      when: "sh -s --",
      exitCode: 1,
      stderr: "pi@192.0.2.7: Permission denied (publickey).\n",
    });
    recorder.answer("ssh", { when: "ControlMaster=yes", stdout: "connected\n" });
    recorder.answer("nix");
    await copy(pi(), nas);
    const { argv, env } = recorder.calls().find(({ program }) => program === "nix")!;
    const to = [
      "--no-check-sigs",
      "--substitute-on-destination",
      "--to",
      `ssh-ng://pi@192.0.2.7${sudo}`,
      toplevel,
    ];
    deepEqual(argv, [...flakes, "copy", "--from", "ssh-ng://me@nas.local", ...to]);
    match(env["NIX_SSHOPTS"] ?? "", /-o StrictHostKeyChecking=yes .*-o ControlPath=SESSION\/%n$/);
  });

  it("whose build host is away is a failure to copy, with ssh's as its cause", async () => {
    recorder.answer("ssh", { exitCode: 255, stderr: "ssh: connect to host nas.local: No route to host\n" });
    await rejects(copy(pi(), nas), (error: Error) => {
      equal(
        error.message,
        "the build host: nas (nas.local) can't be reached: ssh: connect to host nas.local: No route to host",
      );
      return (error.cause as Error).name === "SshError";
    });
  });
});
