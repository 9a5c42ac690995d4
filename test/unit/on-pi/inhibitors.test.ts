import { equal } from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execa } from "execa";

const script = resolve(import.meta.dirname, "../../../components/on-pi/activate/inhibitors.sh");

// What `switch-to-configuration check` says: nixpkgs, switchable-system.nix, pre-switch-check.nix and main.rs.
const checks: Record<string, { says: string; exitCode: number; means: string }> = {
  "nothing is in the way": { says: "Checking switch inhibitors... done", exitCode: 0, means: "" },
  "inhibitors differ": {
    says: [
      "Checking switch inhibitors...",
      "There are changes to critical components of the system:",
      "",
      "dbus-implementation : dbus -> broker",
      "init : a -> b",
      "",
      "Switching into this system is not recommended.",
      "You probably want to run 'nixos-rebuild boot' and reboot your system instead.",
      "",
      "Pre-switch check 'switchInhibitors' failed",
      "Pre-switch checks failed",
    ].join("\n"),
    exitCode: 1,
    means:
      "it can't be switched to this system while it runs: dbus-implementation : dbus -> broker; init : a -> b. " +
      "With goal: boot, and then a reboot, it can",
  },
  "a check of one's own fails": {
    says: "no power supply\nPre-switch check 'power' failed\nPre-switch checks failed",
    exitCode: 1,
    means:
      "the pre-switch checks of the new system refuse it: no power supply; Pre-switch check 'power' failed",
  },
  "it is older than that": {
    says: "Usage: /nix/store/x/bin/switch-to-configuration [switch|boot|test|dry-activate]\n\nswitch: make the",
    exitCode: 1,
    means: "",
  },
};

describe("whether a host can be switched to a system while it runs", () => {
  let dir: string;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "pi-fleet-inhibitors-"));
    await mkdir(join(dir, "bin"));
  });
  after(() => rm(dir, { recursive: true }));

  for (const [what, { says, exitCode, means }] of Object.entries(checks))
    it(`is read from the system's own checks when ${what}`, async () => {
      const program = `#!/bin/sh\n[ "$*" = check ] || exit 99\ncat >&2 <<'END'\n${says}\nEND\nexit ${exitCode}\n`;
      await writeFile(join(dir, "bin/switch-to-configuration"), program, { mode: 0o755 });
      const { stdout } = await execa("sh", ["-c", '. "$0"; inhibited "$1"', script, dir]);
      equal(stdout, means);
    });
});
