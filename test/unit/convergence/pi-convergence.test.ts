import assert, { deepEqual, equal } from "node:assert/strict";
import { piConvergence, type WantedPi } from "../../../components/convergence/pi-convergence.js";
import type { Evaluation } from "../../../components/evaluation/toplevel.js";
import { parseStatus } from "../../../components/on-pi/status.js";
import { type PiStatus } from "../../../components/on-pi/status.js";
import type { Outcome } from "../../../components/protocol/outcome.js";
import { pendingFor } from "../../../components/activation/pending-reboot.js";
import { clock } from "../../../components/shared/until.js";
import { reboot as rebootSchema } from "../../../components/config/reboot.js";
import { type PiClock } from "../../../components/on-pi/pi-clock.js";

const [wanted, other] = ["/nix/store/wanted", "/nix/store/other"];
const now = "2026-11-21T16:16:55Z";
const evaluation: Evaluation = {
  kind: "toplevel",
  drvPath: "x.drv",
  outPath: wanted,
  system: "aarch64-linux",
};
const pi: WantedPi = {
  name: "a",
  host: { goal: "switch", reboot: { when: "never", limit: 20 } },
  evaluation,
};

/** A Pi that runs and boots what the last `up` left. `more` are lines that come first. */
function seen(system: string, ...more: string[]) {
  const record = ["record.id=id of the last up", `record.system=${system}`, "record.machine=0123456789"];
  const lines = [
    ...more,
    `current=${system}`,
    `profile=${system}`,
    "machine=0123456789",
    "boot=1",
    ...record,
  ];
  return { kind: "seen", status: parseStatus(lines.join("\n")) } as const;
}

function ended(status: Outcome["status"], more: Partial<Outcome> = {}): Outcome {
  return { pi: "a", status, seconds: 1, ...more };
}

describe("the convergence id of a Pi", () => {
  describe("that is off", () => {
    const off = { kind: "off", message: "a can't be reached" } as const;
    const convergence = "id of the last run";
    const cases: [what: string, last: Outcome | undefined, id: string, remark: string | undefined][] = [
      ["after a success is that run's", ended("converged", { convergence }), convergence, off.message],
      [
        "after another run that found it off",
        ended("already there", { convergence }),
        convergence,
        off.message,
      ],
      ["before its first run is always the same", undefined, "not seen yet", off.message],
      ["awaiting its card", ended("awaiting flash", { convergence }), convergence, undefined],
      ["that was left out before it was made", ended("left out"), "not seen yet", off.message],
      [
        "after a failure is new",
        ended("failed", { convergence }),
        `${wanted} after a failure, ${now}`,
        off.message,
      ],
    ];
    for (const [what, last, id, remark] of cases) {
      it(what, () => {
        deepEqual(piConvergence(pi, off, last, now), { toplevel: wanted, id, confirmed: false, remark });
      });
    }
  });

  it("of which nothing can be read is new", () => {
    deepEqual(piConvergence(pi, { kind: "unreadable", message: "why" }, ended("converged"), now), {
      ...{ toplevel: wanted, id: `${wanted} where nothing could be read, ${now}`, confirmed: false },
      remark: undefined,
      fault: "a can't be read, which does not mean that it is off: why",
    });
  });

  it("whose evaluation fails is new, wherever the Pi is", () => {
    for (const look of [seen(wanted), { kind: "off", message: "off" } as const])
      deepEqual(
        piConvergence({ ...pi, evaluation: { kind: "failed", message: "error: x" } }, look, undefined, now),
        {
          ...{ toplevel: undefined, id: `the evaluation failed, ${now}`, confirmed: false },
          remark: undefined,
          fault: "a: its evaluation fails:\nerror: x",
        },
      );
  });

  it("that is where it should be is the one that it reports, even after a failure", () => {
    deepEqual(piConvergence(pi, seen(wanted), ended("failed"), now), {
      ...{ toplevel: wanted, id: "id of the last up", confirmed: true, remark: undefined, note: undefined },
    });
  });

  const noRecord =
    "a has no record of the last `up`: its card was flashed anew, or its /var/lib is not kept over restarts, and then " +
    "/var/lib/pi-fleet has to be";
  const changed: [what: string, look: ReturnType<typeof seen>, id: string, remark: string | undefined][] = [
    ["runs another system", seen(other), `${other} on machine 01234567`, undefined],
    [
      ...(["boots another system", seen(wanted, `profile=${other}`)] as const),
      `${wanted} (next boot: ${other}) on machine 01234567`,
      `a drifted: it runs ${wanted}, and would boot ${other} next`,
    ],
    [
      ...(["has another card", seen(wanted, "machine=9876543210")] as const),
      `${wanted} on machine 98765432`,
      "a drifted: its machine-id is not the one of the last `up`: its card was cloned or restored, or its root is not kept " +
        "over restarts, and then /etc/machine-id has to be (machine-id(5))",
    ],
    [
      "has no record",
      { kind: "seen", status: parseStatus(`current=${wanted}\nprofile=${wanted}\nmachine=0123456789`) },
      `${wanted} on machine 01234567`,
      noRecord,
    ],
    [
      ...(["is no NixOS", { kind: "seen", status: parseStatus("") }] as const),
      "no system on machine without an id",
      noRecord,
    ],
    [
      ...(["was left half-way", seen(wanted, "unfinished.since=12:00", "unfinished.holder=you")] as const),
      `${wanted} on machine 01234567`,
      "a drifted: the activation of 12:00 by you was killed before its end, and nothing took it back",
    ],
    [
      ...(["has another system's /etc", seen(wanted, "etc=/nix/store/etc")] as const),
      `${wanted} on machine 01234567`,
      "a drifted: its /etc is that of /nix/store/etc, and not of the system that it runs",
    ],
    ["has a secret that goes", seen(wanted, "secret.wifi=1"), `${wanted} on machine 01234567`, undefined],
  ];
  for (const [what, look, observed, remark] of changed) {
    it(`that ${what} is new`, () => {
      const { note, ...convergence } = piConvergence(pi, look, ended("converged"), now);
      const id = `${wanted} for ${observed}, seen ${now}`;
      deepEqual(convergence, { toplevel: wanted, id, confirmed: false, remark });
      equal(note, undefined);
    });
  }

  it("that answers by a login of before alone is new, unless the system that it boots next may change that", () => {
    const login = { name: "a", address: "10.0.0.9", user: "pi" };
    const by = (look: ReturnType<typeof seen>, goal: "switch" | "boot") =>
      piConvergence(
        { ...pi, host: { ...pi.host, goal } },
        { ...look, former: { login, message: "refused" } },
        ended("converged"),
        now,
      );
    const { confirmed, id, remark } = by(seen(wanted), "switch");
    deepEqual([confirmed, id.endsWith(now)], [false, true]);
    equal(remark, "a answers by its login of before alone, pi@10.0.0.9 port 22. By that of config: refused");
    equal(by(seen(wanted), "boot").confirmed, false);
    equal(by(seen(wanted, `current=${other}`), "boot").confirmed, true);
  });

  it("whose units failed later warns of them, and is no different", () => {
    const look = seen(wanted, "failed=nginx.service", "failed=github-runner-a.service", "failed=b.timer");
    deepEqual(piConvergence(pi, look, ended("converged"), now), {
      ...{ toplevel: wanted, id: "id of the last up", confirmed: true, note: undefined },
      remark:
        "a: failed since its activation: nginx.service, b.timer. Why: ssh a systemctl status nginx.service",
    });
  });

  it("without a record is nothing to wonder at before its first `up`", () => {
    const look = { kind: "seen", status: parseStatus(`current=${wanted}\nprofile=${wanted}`) } as const;
    equal(piConvergence(pi, look, undefined, now).remark, undefined);
    equal(piConvergence(pi, look, ended("awaiting flash"), now).remark, undefined);
  });

  it("is new when a secret is to come or change, or was altered, and else stays", () => {
    const isConfirmed = (mark: string | undefined, ...there: string[]) =>
      piConvergence(
        { ...pi, ...(mark ? { secrets: { wifi: mark } } : {}) },
        seen(wanted, ...there),
        undefined,
        now,
      ).confirmed;
    equal(isConfirmed("1", "secret.wifi=1"), true);
    equal(isConfirmed("1"), false);
    equal(isConfirmed("1", "secret.wifi=2"), false);
    equal(isConfirmed("1", "secret.wifi=altered"), false);
  });

  it("with goal boot looks at what it boots, not at what it runs", () => {
    const boot: WantedPi = { ...pi, host: { ...pi.host, goal: "boot" } };
    const waits = piConvergence(
      boot,
      seen(wanted, `current=${other}`, "clock=1795287600 6 03:00"),
      undefined,
      now,
    );
    deepEqual([waits.id, waits.confirmed], ["id of the last up", true]);
    equal(waits.note, "a: reboot pending: the system; config says never; by hand: npm run pi -- reboot a");
    equal(piConvergence(boot, seen(other, `current=${wanted}`), undefined, now).confirmed, false);
  });
});

const policy = (value: unknown) => rebootSchema.parse(value);

/** The Pi's own clock; `epoch` counts only with a time zone. */
function at(day: string, time: string, utc = "2026-11-21T00:00:00Z"): PiClock {
  const [hour = 0, minute = 0] = time.split(":").map(Number);
  return {
    epoch: Date.parse(utc) / 1000,
    day: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].indexOf(day),
    minute: hour * 60 + minute,
  };
}

describe("a reboot pending", () => {
  const system = "/nix/store/00000000000000000000000000000000-nixos-system-a";
  const older = "/nix/store/11111111111111111111111111111111-nixos-system-a";
  const plan: Evaluation = { kind: "toplevel", drvPath: "x.drv", outPath: system, system: "x86_64-linux" };
  const status = (lines: string[] = []): PiStatus =>
    parseStatus(
      [
        ...[`current=${system}`, `booted=${older}`, `profile=${system}`, "machine=m", "boot=b2"],
        ...["record.id=id of the last up", `record.system=${system}`, "record.machine=m"],
        ...[...lines, "clock=1795287600 6 03:00"],
      ].join("\n"),
    );
  const seen = (reboot: unknown, lines: string[], goal: "switch" | "boot" = "switch") =>
    piConvergence(
      { name: "a", host: { goal, reboot: policy(reboot) }, evaluation: plan },
      { kind: "seen", status: status(lines) },
      undefined,
      "now",
    );
  // This machine's clock agrees with the Pi's.
  const { now: realNow } = clock;
  before(() => (clock.now = () => 1795287600_000));
  after(() => (clock.now = realNow));

  const open = { when: "window", window: { from: "02:00", to: "04:30", days: ["sat"] } };
  const closed = { when: "window", window: { from: "05:00", to: "06:00" } };

  it("is a difference with its reason when policy allows it now, and only a line when it does not", () => {
    const needed = seen({ when: "needed" }, ["reboot=kernel initrd"]);
    assert.equal(needed.confirmed, false);
    assert.match(needed.id, /, reboot needed: kernel, initrd, seen now$/);
    assert.match(seen(open, ["reboot=kernel"]).id, /reboot needed: kernel; its window is open/);
    for (const reboot of [{ when: "never" }, closed]) {
      const pending = seen(reboot, ["reboot=kernel initrd"]);
      assert.deepEqual([pending.id, pending.confirmed], ["id of the last up", true]);
      assert.match(pending.note ?? "", /^a: reboot pending: kernel, initrd; /);
    }
    assert.match(seen(closed, ["reboot=kernel"]).note ?? "", /opens sat 05:00 \(the Pi's clock\)/);
    assert.match(seen({}, ["reboot=kernel"]).note ?? "", /npm run pi -- reboot a/);
  });

  it("is not allowed by a Pi's clock that is wrong, and says so", () => {
    const says = (time: string) => seen(open, [time, "reboot=kernel"]);
    // Without a network a Pi begins in 1970. This one is an hour ahead of UTC, and it is 20:00 there.
    const { id, confirmed, note } = says("clock=7500 6 03:05");
    assert.deepEqual([id, confirmed], ["id of the last up", true]);
    assert.match(
      note ?? "",
      /its window opens sat 02:00 .* reboots \(its clock says 1970-01-01T02:05Z, so this machine's counts\)$/,
    );
    assert.match(says("clock=1795287300 6 02:55").id, /its window is open, seen/);
  });

  it("is none when nothing would be another", () => {
    const same = seen({ when: "needed" }, ["reboot="]);
    assert.deepEqual([same.id, same.confirmed, same.note], ["id of the last up", true, undefined]);
  });

  it("is any new system with goal boot", () => {
    const boot = piConvergence(
      { name: "a", host: { goal: "boot", reboot: policy({ when: "needed" }) }, evaluation: plan },
      { kind: "seen", status: { ...status(["reboot="]), current: older } },
      undefined,
      "now",
    );
    assert.match(boot.id, /reboot needed: the system, seen now$/);
  });

  it("that nobody confirmed yet is a difference whatever policy says, one under way is none", () => {
    const rebooting = (boot: string) => ["rebooting.id=x", "rebooting.since=then", `rebooting.boot=${boot}`];
    assert.match(seen({}, rebooting("b1")).id, /its reboot of then is not confirmed yet/);
    assert.equal(seen({}, rebooting("b2")).confirmed, true);
  });

  it("that went back says so in the drift that it left", () => {
    const lines = [
      "rebooted.id=x",
      "rebooted.result=returned",
      "rebooted.reason=no network",
      "rebooted.at=then",
    ];
    const back = piConvergence(
      { name: "a", host: { goal: "switch", reboot: policy({}) }, evaluation: plan },
      { kind: "seen", status: { ...status(lines), current: older, profile: older } },
      undefined,
      "now",
    );
    assert.match(
      back.remark ?? "",
      /left \/nix\/store\/0+-nixos-system-a\. It went back after its reboot, then: no network/,
    );
  });

  it("is not made of nothing", () => {
    assert.equal(pendingFor("a", policy({ when: "needed" }), at("mon", "0:00"), []), undefined);
  });
});
