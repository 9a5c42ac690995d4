import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { hostname, userInfo } from "node:os";
import type { ActivationArgs } from "../../../components/activation/activation-args.js";
import { Activation } from "../../../components/activation/activation.js";
import { signActivation } from "../../../components/on-pi/sign-activation.js";
import { PhaseError } from "../../../components/protocol/phase-error.js";
import { FakePi, lost, statusText, target } from "./fake-pi.js";

const [oldSystem, newSystem] = ["/nix/store/old-system", "/nix/store/new-system"];
const holder = `${userInfo().username}@${hostname()}`;
const isOld = statusText(oldSystem);
const isNew = statusText(newSystem, { "record.id": "id 1" });
const waits = "phase=awaiting-confirmation\nactivation=id 1\n";
const done = (result: string, reason = "") =>
  `phase=done\nactivation=id 1\nid=id 1\nresult=${result}\nreason=${reason}\nlog=last words\n`;

const args: ActivationArgs = {
  toplevel: newSystem,
  id: "id 1",
  goal: "switch",
  health: { units: ["nginx.service", "sshd.service"], check: "ping -c1 10.0.0.1" },
  reboot: { when: "never", limit: 20, board: "pi4" },
  timeouts: { probe: 5, connect: 5, build: 60, copy: 60, activate: 90, confirm: 5 },
  idle: 10,
};

describe("an activation", () => {
  let pi: FakePi;
  /** The calls and the copy, in their order. */
  let copied: string[];

  beforeEach(async () => {
    pi = await FakePi.make();
    copied = [];
    for (const verb of ["hold", "busy", "start", "confirm", "record"]) await pi.says(`activate ${verb}`, "");
    await pi.says("activate dry", "would restart the following units: nginx.service\n");
  });

  afterEach(() => pi.remove());

  const run = (change: Partial<ActivationArgs> = {}) =>
    pi.withSession((session) =>
      new Activation(session, target, { ...args, ...change }).run({
        checkSpace: async () => void copied.push("space", ...(await pi.verbs())),
        copy: async (restricted) =>
          void copied.push(restricted ? "signed copy" : "copy", ...(await pi.verbs())),
      }),
    );

  const fails = async (phase: string, message: RegExp, change: Partial<ActivationArgs> = {}) =>
    rejects(run(change), (error) => {
      equal(error instanceof PhaseError && error.phase, phase, String(error));
      match((error as Error).message, message);
      return true;
    });

  const unchecked = { health: { units: [], check: undefined } };

  it("of a Pi that is there already only records that", async () => {
    await pi.says("status", statusText(newSystem, { runner: "github-runner-a active running" }));
    deepEqual(await run(unchecked), {
      status: "already there",
      old: newSystem,
      new: newSystem,
      runners: ["github-runner-a active running"],
    });
    deepEqual(copied, []);
    deepEqual(await pi.calls(), [
      { verb: "status", args: [], shared: true, input: "" },
      { verb: "activate record", args: [newSystem, "id 1", "pi"], shared: true, input: "" },
    ]);
  });

  const doubts: [what: string, says: Record<string, string>, change?: Partial<ActivationArgs>][] = [
    ["was killed", { "unfinished.since": "12:00", "unfinished.holder": "you@there" }],
    ["left an /etc of another system", { etc: "/nix/store/etc" }],
    [
      "was not confirmed after its reboot",
      { "rebooted.id": "x", "rebooted.result": "stayed", "record.id": "x" },
    ],
    ["was confirmed by nobody", { booted: oldSystem }],
    ["was never looked at by config's health checks", {}, { health: args.health }],
  ];
  for (const [what, says, change] of doubts)
    it(`is not left out for a Pi that seems to be there, when what brought it there ${what}`, async () => {
      const seems = statusText(newSystem, says);
      const isWhole = !Object.keys(says).some((key) => /unfinished|etc|rebooted/.test(key));
      await pi.says("status", seems, ...(isWhole ? [] : [seems]), isNew);
      await pi.says("activate follow", waits, done("committed"));
      equal((await run({ ...unchecked, ...change })).status, "converged");
      const verbs = await pi.verbs();
      equal(verbs.includes("activate start"), true);
      // Units may have to be restarted, so what a new system waits for is waited for.
      equal(verbs.includes("activate busy"), !isWhole);
    });

  it("holds, copies, starts, confirms over a fresh connection, and is committed", async () => {
    await pi.says("status", isOld, statusText(oldSystem, { reboot: "kernel" }), isNew);
    await pi.says("activate follow", waits, done("committed"));
    deepEqual(await run(), { status: "converged", old: oldSystem, new: newSystem, runners: [] });
    deepEqual(copied, ["space", "status", "copy", "status", "activate hold"]);
    const start = [
      `toplevel=${newSystem}`,
      "id=id 1",
      "name=pi",
      `holder=${holder}`,
      "goal=switch",
      "limit=90",
      "confirm=5",
      "units=nginx.service sshd.service",
      "check=ping -c1 10.0.0.1",
      "",
    ];
    deepEqual(await pi.calls(), [
      { verb: "status", args: [], shared: true, input: "" },
      { verb: "activate hold", args: [newSystem], shared: true, input: "" },
      { verb: "status", args: [newSystem], shared: true, input: "" },
      { verb: "activate dry", args: [newSystem, holder], shared: true, input: "" },
      { verb: "activate busy", args: [newSystem], shared: true, input: "" },
      { verb: "activate start", args: [], shared: true, input: start.join("\n") },
      { verb: "activate follow", args: ["390"], shared: true, input: "" },
      { verb: "activate confirm", args: ["id 1"], shared: false, input: "" },
      { verb: "activate follow", args: ["305"], shared: true, input: "" },
      { verb: "status", args: [], shared: true, input: "" },
    ]);
  });

  describe("of a Pi that takes only what is signed", () => {
    const { d = "", x = "" } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
    const both = Buffer.concat([d, x].map((half) => Buffer.from(half, "base64url")));
    const signingKey = `fleet-1:${both.toString("base64")}`;
    const signature = async () =>
      (await pi.calls()).find(({ verb }) => verb === "activate start")?.input.match(/^signature=(.*)$/m)?.[1];

    beforeEach(async () => {
      await pi.says("status", statusText(oldSystem, { restricted: "yes" }), isOld, isNew);
      await pi.says("activate follow", waits, done("committed"));
    });

    it("brings a signed copy, and signs what the Pi asks for", async () => {
      await pi.says("activate challenge", "a challenge\n");
      await run({ signingKey });
      equal(copied.includes("signed copy"), true);
      equal(
        await signature(),
        signActivation(signingKey, { name: "pi", toplevel: newSystem, challenge: "a challenge" }),
      );
    });

    it("signs nothing for a Pi that is older than that", async () => {
      const words = "refused by pi: there is no 'activate challenge' for the deploy user";
      await pi.says("activate challenge", { exitCode: 77, stderr: words });
      await run({ signingKey });
      equal(await signature(), undefined);
    });

    it("is not begun without the key, and says what to do", async () => {
      await pi.says("activate challenge", "a challenge\n");
      await fails("activate", /hosts\.pi\.sudo\.onlyActivation: set it to false for one `pulumi up`/);
      equal((await pi.verbs()).includes("activate start"), false);
    });
  });

  it("for the next boot asks for no confirmation, and leaves the running units alone", async () => {
    await pi.says("status", isOld, isOld, statusText(oldSystem, { profile: newSystem }));
    await pi.says("activate follow", done("committed"));
    equal((await run({ goal: "boot" })).status, "converged");
    deepEqual(
      (await pi.verbs()).filter((verb) => verb !== "status"),
      ["activate hold", "activate start", "activate follow"],
    );
  });

  it("delivers secrets that changed, also to a Pi that has the system", async () => {
    const secrets = {
      files: [
        { name: "wifi", owner: "root", group: "root", mode: "0400", units: ["wpa.service"], content: "word" },
      ],
      keep: [],
      ids: { wifi: "mark-1" },
    };
    await pi.says("secrets stage", "");
    await pi.says(
      "status",
      statusText(newSystem),
      statusText(newSystem, { "record.id": "id 1", "secret.wifi": "mark-1" }),
    );
    await pi.says("activate follow", waits, done("committed"));
    await run({ secrets });
    const calls = await pi.calls();
    deepEqual(
      calls.map(({ verb }) => verb),
      [
        ...["status", "secrets stage", "activate start", "activate follow", "activate confirm"],
        ...["activate follow", "status"],
      ],
    );
    equal(calls[1]?.input, "for id 1\nfile wifi mark-1 root root 0400 d29yZA== wpa.service\nend\n");
    deepEqual(copied, []);
  });

  it("goes on after a lost connection, over fresh ones", async () => {
    await pi.says("status", isOld, isOld, isNew);
    await pi.says("activate follow", lost, lost, waits, done("committed"));
    await run();
    const follows = (await pi.calls()).filter(({ verb }) => verb === "activate follow");
    deepEqual(
      follows.map(({ shared }) => shared),
      [true, false, false, false],
    );
    equal(pi.progress.filter((line) => line === "pi: the connection was lost; trying again").length, 2);
  });

  it("has succeeded when the answer to the confirmation was lost, and not the word", async () => {
    await pi.says("status", isOld, isOld, isNew);
    await pi.says("activate follow", waits, done("committed"));
    await pi.saysNow("activate confirm", lost, { exitCode: 1, stderr: "nothing of this id waits" });
    equal((await run()).status, "converged");
  });

  it("has succeeded when all that came after the commit was lost, and the Pi tells so in the end", async () => {
    await pi.says("status", isOld, isOld, lost, isNew);
    await pi.says("activate follow", waits, done("committed"));
    equal((await run()).status, "converged");
  });

  it("that returned says in which phase, why, its log, and what the Pi runs", async () => {
    await pi.says("status", isOld);
    await pi.says("activate follow", done("returned", "the unit nginx.service is not active"));
    await fails(
      "activate",
      /^the unit nginx\.service is not active\nlast words\nIt runs its old system, as before, and boots it\.$/,
    );
  });

  it("that could not be confirmed says why, and that the Pi went back", async () => {
    await pi.says("status", isOld);
    await pi.says("activate follow", waits, done("returned", "nobody confirmed"));
    await pi.saysNow("activate confirm", lost);
    await fails(
      "confirm",
      /^the new system could not be confirmed: ssh to pi \(10\.0\.0\.9\) fails: Connection reset.*; nobody confirmed\nThe login that was tried is root@10\.0\.0\.9 port 22\. .*hosts\.pi\.address, port or user\.\nIt runs its old system/,
    );
    const confirms = (await pi.verbs()).filter((verb) => verb === "activate confirm");
    equal(confirms.length > 3 && confirms.length <= 5, true, `${confirms.length} confirmations`);
  });

  it("of a Pi that stays away says that it undoes by itself what was not confirmed", async () => {
    await pi.says("status", isOld, isOld, lost);
    await pi.says("activate follow", lost);
    await fails("activate", /fails: Connection reset.*\nIt can't be reached now\. What was not/);
    // 10 s: twice the time for the confirmation, though the activation itself may take 390 s.
    const follows = (await pi.verbs()).filter((verb) => verb === "activate follow").length;
    equal(follows > 5 && follows <= 12, true, `${follows} questions`);
  });

  it("of another's gives up, and says what the Pi runs", async () => {
    await pi.says("status", isOld, isOld, statusText("/nix/store/third", { profile: oldSystem }));
    await pi.says("activate follow", "phase=testing\nactivation=another\n");
    await fails(
      "activate",
      /another activation took its place\nIt runs \/nix\/store\/third, and would boot \/nix\/store\/old-system\.$/,
    );
  });

  it("does not start beside another one", async () => {
    await pi.says("status", isOld);
    await pi.saysNow("activate start", { exitCode: 75, stdout: "held by you@there since 12:00\n" });
    await fails(
      "activate",
      /^another activation is under way on pi: held by you@there since 12:00\. If that .* within 95 s; then run this again$/,
    );
    equal((await pi.verbs()).includes("activate follow"), false);
  });

  it("is not tried as a user who can't become root, and says what to do", async () => {
    await pi.says("status", isOld);
    await pi.saysNow("activate hold", { exitCode: 1, stderr: "sudo: a password is required" });
    await fails("connect", /can't become root on pi .*security\.sudo\.wheelNeedsPassword/);
    deepEqual(copied, ["space", "status"]);
  });

  it("says which disk is full when the start or the copy fails by it", async () => {
    await pi.says("status", isOld);
    await pi.says("disk space", "room=/nix/store / 4000000 90000\nroom=/run /run 0 4000\n");
    await pi.saysNow("activate start", { exitCode: 1, stderr: "head: No space left on device" });
    await fails(
      "activate",
      /^pi's \/run is full: 0 KiB are free at \/run\. See what fills it .*\nactivate\.sh start: head: No space left on device$/,
    );
    await pi.saysNow("disk space", lost);
    const copy = () => Promise.reject(new PhaseError("copy", "error: writing: No space left on device"));
    await rejects(
      pi.withSession((session) =>
        new Activation(session, target, args).run({ checkSpace: async () => {}, copy }),
      ),
      /^PhaseError: A disk is full: pi's, this machine's or the build host's\.\nerror: writing: No space left/,
    );
  });

  const inhibited = { exitCode: 78, stdout: "it can't be switched: dbus-implementation : dbus -> broker\n" };

  it("is not begun when the Pi can only boot the system, and says why", async () => {
    await pi.says("status", isOld);
    await pi.saysNow("activate dry", inhibited);
    await fails("activate", /^it can't be switched: dbus-implementation : dbus -> broker/);
    equal((await pi.verbs()).includes("activate start"), false);
  });

  it("makes such a system the boot default when the Pi may be rebooted, and reboots it", async () => {
    const booting = { boot: "boot-2", "record.id": "id 1" };
    await pi.says(
      ...(["status", isOld, isOld, isOld, isOld, isOld] as const),
      ...[statusText(oldSystem, { profile: newSystem }), lost],
      statusText(newSystem, { ...booting, "rebooting.id": "id 1" }),
      statusText(newSystem, { ...booting, "rebooted.id": "id 1", "rebooted.result": "kept" }),
    );
    await pi.saysNow("activate dry", inhibited);
    await pi.says("activate follow", done("committed"));
    await pi.says("activate reboot", "");
    await pi.says("activate arrived", "id=id 1\nresult=kept\nreason=\n");
    equal((await run({ reboot: { ...args.reboot, when: "needed" } })).status, "converged");
    const calls = await pi.calls();
    match(calls.find(({ verb }) => verb === "activate start")?.input ?? "", /^goal=boot$/m);
    equal(calls.filter(({ verb }) => verb === "activate reboot").length, 1);
  });

  it("waits for the job of a runner", async () => {
    await pi.says("status", isOld, isOld, isNew);
    await pi.says("activate follow", waits, done("committed"));
    await pi.saysNow("activate busy", "github-runner-a.service stops\n", "");
    await run();
    equal((await pi.verbs()).filter((verb) => verb === "activate busy").length, 2);
  });

  it("is not begun when a job takes too long and the new system would stop it", async () => {
    await pi.says("status", isOld);
    await pi.saysNow("activate busy", "github-runner-a.service stops\ngithub-runner-b.service stays\n");
    await fails(
      "activate",
      /^a runs a job for longer than 10 s, and the new system, which has no such runner/,
    );
    const verbs = await pi.verbs();
    equal(verbs.filter((verb) => verb === "activate busy").length > 3, true);
    deepEqual(
      pi.progress.filter((line) => line.includes("waiting")),
      ["pi: waiting for the job of a, b to end"],
    );
    equal(verbs.includes("activate start"), false);
  });

  it("is begun all the same when the new system leaves the job alone", async () => {
    await pi.says("status", isOld, isOld, isNew);
    await pi.says("activate follow", waits, done("committed"));
    await pi.saysNow("activate busy", "github-runner-b.service stays\n");
    equal((await run({ idle: 0 })).status, "converged");
  });

  it("that is only tried out has to be copied, and tells what it would restart", async () => {
    await pi.says("status", isOld);
    const lines = await pi.withSession((session) =>
      new Activation(session, target, args).dryRun({
        checkSpace: async () => void copied.push("space"),
        copy: async () => void copied.push("copy"),
      }),
    );
    deepEqual(lines, ["would restart the following units: nginx.service"]);
    deepEqual(copied, ["space", "copy"]);
    deepEqual(await pi.verbs(), ["status", "activate dry"]);
  });
});
