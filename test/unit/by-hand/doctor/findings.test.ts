import { deepEqual, doesNotMatch, equal, match, ok } from "node:assert/strict";
import { diskFindings } from "../../../../components/by-hand/doctor/disk-findings.js";
import {
  report,
  note,
  ok as well,
  wrong,
  type Finding,
} from "../../../../components/by-hand/doctor/finding.js";
import { firstBootFindings } from "../../../../components/by-hand/doctor/first-boot-findings.js";
import { hardwareFindings } from "../../../../components/by-hand/doctor/hardware-findings.js";
import {
  clockFindings,
  driftFindings,
  lastUpFindings,
  unseenFindings,
} from "../../../../components/by-hand/doctor/state-findings.js";
import { unitFindings } from "../../../../components/by-hand/doctor/unit-findings.js";
import type { Examination } from "../../../../components/on-pi/examine.js";
import { parseStatus } from "../../../../components/on-pi/status.js";
import { piAccess, seen } from "./seen.js";

/** All that is found from within, besides the system and the clock. */
const fromWithin = (examination: Examination) => [
  ...firstBootFindings("lab-a", examination),
  ...diskFindings(examination),
  ...hardwareFindings("lab-a", examination),
  ...unitFindings(examination, ["jit"], []),
];

describe("what the doctor finds on a Pi", () => {
  it("is nothing but short words when it is well", () => {
    equal(
      report(fromWithin(seen())),
      "ok     first boot (consumed), disk (19.1 GiB of 28.6 GiB free), power, memory (683.6 MiB available), " +
        "boots (it booted 2 h ago), units, runner (lab-a), heat (48 °C)",
    );
  });

  const cases: [what: string, lines: string[], level: "wrong" | "note", told: RegExp][] = [
    [
      "a full disk",
      ["disk=/ / 30000000 900 1900000 1800000"],
      "wrong",
      /^disk: it is full: 900\.0 KiB of 28\.6 GiB are free at \/\. Make room: sudo nix-collect-garbage -d/,
    ],
    [
      "a disk that fills",
      ["disk=/ / 30000000 2000000 1900000 1800000"],
      "note",
      /^disk: it is nearly full: 1\.9 GiB of/,
    ],
    [
      "no inodes",
      ["disk=/ / 30000000 20000000 1900000 12"],
      "wrong",
      /^disk: no inodes .* at \/ \(12 of 1900000\), .* sudo du --inodes -x \//,
    ],
    [
      "a full /run",
      ["disk=/run /run 200000 100"],
      "wrong",
      /^disk: it is full: .* at \/run\. See what fills it .*, or restart the Pi/,
    ],
    [
      "a root that did not grow",
      ["root.partition=mmcblk0p2 77824 6225612 62333952"],
      "note",
      /^disk: the root partition mmcblk0p2 ends at 3\.0 GiB of a card with 29\.7 GiB.* -N 2 \/dev\/mmcblk0, .*resize2fs \/dev\/mmcblk0p2\.$/,
    ],
    [
      "the same on a USB disk",
      ["root.partition=sda2 77824 6225612 62333952"],
      "note",
      /-N 2 \/dev\/sda, .*resize2fs \/dev\/sda2\.$/,
    ],
    [
      "a card that fails",
      ["card.0=3 I/O error, dev mmcblk0, sector 8"],
      "wrong",
      /^card: the kernel told 3 times of errors of the card, last: I\/O error, dev mmcblk0, sector 8\. .*flash another card/,
    ],
    [
      "a card that failed",
      ["card.-1=1 mmc0: error -110"],
      "note",
      /^card: in the boot before, the kernel told once/,
    ],
    ["a root that can only be read", ["readonly=/"], "wrong", /^card: \/ can only be read/],
    [
      "low voltage now",
      ["throttled=0x50005"],
      "wrong",
      /^power: its voltage is too low now.*power supply and a cable/,
    ],
    ["low voltage now, by hwmon", ["undervoltage=1"], "wrong", /^power: its voltage is too low now/],
    [
      "low voltage since the boot",
      ["throttled=0x10000"],
      "note",
      /^power: its voltage was too low at least once since it booted/,
    ],
    [
      "low voltage, by the journal",
      ["power.0=4 hwmon hwmon1: Undervoltage detected!"],
      "note",
      /^power: its voltage was too low 4 times since/,
    ],
    [
      "low voltage in the boot before",
      ["power.-1=1 Undervoltage detected!"],
      "note",
      /^power: .* once in the boot before/,
    ],
    [
      "heat",
      ["temperature=82100"],
      "wrong",
      /^heat: it has 82 °C and slows itself down\. Give it a heat sink/,
    ],
    ["a limit of its clock now", ["throttled=0x8"], "note", /^heat: it slows itself down now, at 48 °C/],
    [
      "a limit of its clock before",
      ["throttled=0x80000"],
      "note",
      /^heat: it is warm \(48 °C\) and slowed itself down since/,
    ],
    [
      "no memory",
      ["MemAvailable=20000"],
      "wrong",
      /^memory: 19\.5 MiB of 925\.5 MiB are available\. hosts\.lab-a\.lowMemory/,
    ],
    [
      "a process that was ended",
      ["oom.0=1 Out of memory: Killed process 8 (node)"],
      "wrong",
      /^memory: memory ran out once since it booted, .*: Out of memory: Killed process 8 \(node\)\./,
    ],
    [
      "the same in the boot before",
      ["oom.-1=2 Out of memory: Killed process 8 (nix)"],
      "note",
      /^memory: memory ran out 2 times in the boot before/,
    ],
    [
      "a failed unit",
      ["failed=foo.service exit-code", "said.foo.service=no such device"],
      "wrong",
      /^units: foo\.service failed \(exit-code\): "no such device"\. See journalctl -u foo\.service there/,
    ],
    [
      "a runner that failed",
      [
        "failed=github-runner-lab-a.service exit-code",
        "runner=github-runner-lab-a.service failed failed yes 3",
        "said.github-runner-lab-a.service=Http response code: NotFound",
      ],
      "wrong",
      /^runner: github-runner-lab-a failed: "Http response code: NotFound"\. See journalctl -u github-runner-lab-a there\. pulumi up registers it anew/,
    ],
    [
      "a runner without its token",
      ["runner=github-runner-lab-a.service inactive dead no 0"],
      "wrong",
      /^runner: github-runner-lab-a waits for its token, which is not there\. pulumi up delivers it\.$/,
    ],
    [
      "a runner that has done its job",
      ["runner=github-runner-jit.service inactive dead no 0"],
      "note",
      /^runner: jit has done its one job/,
    ],
    [
      "a runner that is stopped",
      ["runner=github-runner-lab-a.service inactive dead yes 0"],
      "wrong",
      /^runner: github-runner-lab-a is inactive\. sudo systemctl start/,
    ],
    [
      "a runner that never runs",
      ["runner=github-runner-lab-a.service activating auto-restart yes 40"],
      "wrong",
      /^runner: github-runner-lab-a does not get to run \(auto-restart, started 40 times\)/,
    ],
    [
      "a power cut",
      ["before=cut 2026-11-25T03:00:00+0000 node[8]: x"],
      "note",
      /^boots: the boot before ended without a shutdown; it booted 2 h ago\. Its last words: 2026-.*\. If nobody pulled the plug/,
    ],
    [
      "a file system that was repaired",
      ["recovered.0=yes"],
      "note",
      /^boots: the boot before ended without a shutdown/,
    ],
    [
      "a journal that is not kept",
      ["before=unknown"],
      "note",
      /^boots: it booted 2 h ago; the journal of the boot before is not kept/,
    ],
    [
      "errors in the journal",
      ["error.0=Nov 25 bluetoothd: a", "error.0=Nov 25 hciuart: b"],
      "note",
      /^boots: the journal of this boot ends its errors with: Nov 25 hciuart: b\. journalctl -b 0 -p err/,
    ],
    ["a start that goes on", ["state=starting"], "note", /^units: it is still starting/],
    ["weak Wi-Fi", ["wifi=wlan0 -81"], "note", /^Wi-Fi: wlan0 hears its access point at -81 dBm/],
    [
      "too much load",
      ["load=17.5 4"],
      "note",
      /^load: its load of the last five minutes is 17\.5 on 4 processors/,
    ],
    [
      "a bundle that was refused",
      ["firstboot.RESULT=refused", "firstboot.PROBLEM=it is of b in the stack s, and this system is lab-a"],
      "wrong",
      /^first boot: it did not take the first-boot bundle of its card: it is of b .* Flash the card again with the bundle of lab-a/,
    ],
    [
      "a systemd that does not answer",
      ["state="],
      "wrong",
      /^units: systemctl does not answer there, so which units failed is unknown\. Its memory/,
    ],
    [
      "a card of another Pi",
      ["firstboot.HOST=lab-b"],
      "wrong",
      /^first boot: its card was flashed for lab-b\. Flash it for lab-a, or put it into lab-b/,
    ],
    [
      "a bundle that is left",
      ["bundle=/boot/firmware/pi-fleet/first-boot.tar"],
      "wrong",
      /^first boot: a first-boot bundle with secrets is still on its card \(\/boot/,
    ],
    [
      "a bundle that was to be deleted",
      ["firstboot.RESULT=placed"],
      "note",
      /^first boot: its first-boot bundle is in place, and was still to be deleted/,
    ],
  ];
  for (const [what, lines, level, told] of cases)
    it(`is told of ${what}`, () => {
      const bad = fromWithin(seen(...lines)).filter((finding) => finding.level !== "ok");
      deepEqual(
        bad.map((finding) => finding.level),
        [level],
        report(bad),
      );
      match(report(bad).replace(/^\w+ +/, ""), told);
      // One line for a person, which ends as a sentence.
      match(report(bad), /^\S.*[.)]$/);
    });

  it("is told without what a journal would do to the terminal", () => {
    const evil = "said.x.service=\u001b]0;title\u0007\u001b[2Jgone\rover\u009b";
    const text = report(unitFindings(seen("failed=x.service exit-code", evil), [], []));
    match(text, /gone over/);
    // eslint-disable-next-line no-control-regex
    doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });

  it("is told of a runner that the last `up` left and that is gone", () => {
    equal(
      report(unitFindings(seen(), [], ["lab-a", "other"]).filter(({ level }) => level !== "ok")),
      "wrong  runner: its system has no unit for the runner other. pulumi up brings the system that has it.",
    );
  });

  it("is not that a partition of firmware is full of its firmware", () => {
    deepEqual(
      diskFindings(seen()).map(({ level }) => level),
      ["ok"],
    );
  });

  it("is told once for each file system", () => {
    const full = seen(
      "disk=/ / 30000000 900",
      "disk=/nix/store / 30000000 900",
      "disk=/boot/firmware /b 30000 7000",
    );
    equal(diskFindings(full).length, 1);
  });
});

describe("what the doctor finds of a Pi's system", () => {
  const pi = piAccess("lab-a");
  const status = (...lines: string[]) =>
    parseStatus(
      [
        "current=/nix/store/a",
        "profile=/nix/store/a",
        "machine=m",
        "record.id=i",
        "record.system=/nix/store/a",
        "record.machine=m",
        ...lines,
      ].join("\n"),
    );
  const levels = (found: readonly Finding[]) => found.map(({ level, part }) => `${level} ${part}`);

  it("is nothing when it runs what the last `up` left", () => {
    deepEqual(levels(driftFindings(pi, status(), "")), ["ok drift"]);
  });

  it("is drift, and what brings it back", () => {
    const found = driftFindings(pi, { ...status(), current: "/nix/store/b" }, "");
    equal(
      report(found),
      "wrong  drift: it runs /nix/store/b, and the last `up` left /nix/store/a. pulumi up brings what config wants.",
    );
  });

  it("is an activation that was killed, one that is under way, and a reboot that is not confirmed", () => {
    const killed = status(
      "unfinished.holder=me@here",
      "unfinished.since=12:00",
      "unfinished.toplevel=/nix/store/b",
    );
    match(
      report(driftFindings(pi, killed, "")),
      /^wrong {2}drift: the activation of 12:00 by me@here was killed/,
    );
    const going = status("activation.holder=me@here", "activation.since=12:00");
    deepEqual(levels(driftFindings(pi, { ...going, current: "/nix/store/b" }, "")), ["note drift"]);
    const reboots = status("rebooting.id=x", "rebooting.holder=me@here", "rebooting.since=12:00");
    match(
      report(driftFindings(pi, reboots, "")),
      /^note {3}drift: its reboot of 12:00 by me@here is not confirmed yet\./,
    );
  });

  it("is a pending reboot, a secret that somebody changed, and a system that no `up` confirmed", () => {
    match(
      report(driftFindings(pi, status("reboot=kernel"), "")),
      /^note {3}drift: reboot pending: kernel; .*reboot lab-a\./,
    );
    match(
      report(driftFindings(pi, status("secret.token=altered"), "")),
      /^note {3}drift: somebody changed its secrets token\. pulumi up/,
    );
    deepEqual(levels(driftFindings(pi, { ...status(), record: undefined }, "")), ["note drift"]);
  });

  it("is another operating system", () => {
    match(
      report(driftFindings(pi, { ...status(), current: "" }, "Debian GNU/Linux 13")),
      /^wrong {2}system: no NixOS runs there, but Debian GNU\/Linux 13\. Another card is in it\./,
    );
  });

  it("is a clock that is wrong, with how much and to which side", () => {
    const clock = (at: number, synchronized = "yes") =>
      report(clockFindings(seen(`clock=${at}`, `synchronized=${synchronized}`), 1_790_000_000));
    equal(clock(1_790_000_003), "ok     clock");
    match(clock(1_790_000_600), /^wrong {2}clock: its clock is 10 min ahead of this machine's \(2026-09-21T/);
    match(
      clock(0),
      /^wrong {2}clock: its clock is 20718 days behind this machine's \(1970-01-01T00:00:00Z\)\. A Pi has no battery/,
    );
    match(clock(1_790_000_003, "no"), /^note {3}clock: its clock is right now, and no time server sets it/);
  });

  it("is what the last `up` said of it", () => {
    const outcome = { pi: "lab-a", seconds: 1 } as const;
    equal(report(lastUpFindings(undefined)), "");
    equal(report(lastUpFindings({ ...outcome, status: "converged" })), "ok     last up (converged)");
    match(
      report(lastUpFindings({ ...outcome, status: "awaiting flash" })),
      /^note {3}last up: the last `up` waited for its card\. Flash it/,
    );
    const message = "nas can't build for aarch64-linux. On NixOS set boot.binfmt.emulatedSystems.\nmore";
    equal(
      report(lastUpFindings({ ...outcome, status: "failed", phase: "build", message })),
      "note   last up: it failed in the phase build: nas can't build for aarch64-linux. On NixOS set boot.binfmt.emulatedSystems. Mend that, and run pulumi up.",
    );
  });

  it("is what could not be seen, and why", () => {
    const half = seen("unseen=journal", "unseen=firmware");
    match(
      report(unseenFindings(half, status("restricted=yes"), "pi")),
      /^note {3}not seen: the journal .* and the firmware partition .*: pi may only activate systems there/,
    );
    const noRoot = report(unseenFindings({ ...half, root: false }, status(), "pi"));
    match(
      noRoot,
      /^wrong {2}login: pi can't become root there without a password, so pulumi up .*wheelNeedsPassword/,
    );
    match(noRoot, /\nnote {3}not seen: .* and the firmware partition .*: that needs root\.$/);
    equal(report(unseenFindings({ ...seen(), root: false }, status("restricted=yes"), "pi")), "");
    equal(
      report(unseenFindings({ ...seen(), whole: false }, status(), "pi")).startsWith(
        "note   not seen: it took too long",
      ),
      true,
    );
  });
});

describe("the doctor's report", () => {
  it("has the worst first, causes before what they cause, and what is well in one line", () => {
    const found = [
      note("load", "much"),
      well("clock"),
      wrong("runner", "it failed", "Mend it"),
      wrong("disk", "it is full"),
      well("network", "10.0.0.1 port 22"),
      note("power", "low"),
    ];
    deepEqual(report(found).split("\n"), [
      "wrong  disk: it is full.",
      "wrong  runner: it failed. Mend it.",
      "note   power: low.",
      "note   load: much.",
      "ok     network (10.0.0.1 port 22), clock",
    ]);
    ok(report([]) === "");
  });
});
