import {
  boot,
  bootWithLink,
  collectGarbage,
  collectGarbageAndEndJob,
  fillDisk,
  fillRun,
  freeDisk,
  freeRun,
  killActivation,
  killDeployer,
  killSsh,
  linkDown,
  linkDownShortly,
  linkUp,
  powerCut,
  secondDeployer,
  type Strike,
} from "./strikes.js";

/** Where a deployment can be held. */
export type Phase = "copy" | "job" | "testing" | "awaiting" | "profile" | "boot switch";

export interface Fault {
  readonly what: string;
  /** Where the deployment is held while `strike` runs. Without it the new system itself is the fault. */
  readonly at?: Phase;
  readonly strike?: Strike;
  /** A NixOS module of the new system. */
  readonly module?: string;
  readonly health?: Record<string, unknown>;
  /** Runs after `up` has ended, so that the Pi can be asked. */
  readonly mend?: Strike;
  /** The system that the Pi may end on. */
  readonly ends: "old" | "new" | "old or new";
  /** In what `up` prints. */
  readonly says: RegExp;
  /** Runs in CI too. */
  readonly sample?: boolean;
}

/** The rows of the table in docs/faults.md. */
export const faults: Fault[] = [
  {
    what: "its ssh connections are killed",
    at: "copy",
    strike: killSsh,
    ends: "old or new",
    says: /copy failed|converged/,
    sample: true,
  },
  {
    what: "the link is down for the rest",
    at: "copy",
    strike: linkDown,
    mend: linkUp,
    ends: "old",
    says: /lab-a: copy failed/,
  },
  {
    what: "the link is down for 5 s",
    at: "copy",
    strike: linkDownShortly,
    ends: "new",
    says: /runs it, and boots it/,
  },
  { what: "power cut", at: "copy", strike: powerCut, mend: boot, ends: "old", says: /lab-a: copy failed/ },
  { what: "the deployer is killed -9", at: "copy", strike: killDeployer, ends: "old", says: /./ },
  {
    what: "the disk fills",
    at: "copy",
    strike: fillDisk,
    mend: freeDisk,
    ends: "old",
    says: /lab-a's disk is full/,
  },
  {
    what: "garbage is collected on both sides",
    at: "copy",
    strike: collectGarbage,
    ends: "new",
    says: /runs it, and boots it/,
  },
  {
    what: "garbage is collected on both sides",
    at: "job",
    strike: collectGarbageAndEndJob,
    ends: "new",
    says: /waiting for the job of x to end[\s\S]*runs it, and boots it/,
    sample: true,
  },
  {
    what: "garbage is collected on both sides",
    at: "testing",
    strike: collectGarbage,
    ends: "new",
    says: /runs it, and boots it/,
  },
  {
    what: "its ssh connections are killed",
    at: "testing",
    strike: killSsh,
    ends: "new",
    says: /runs it, and boots it/,
    sample: true,
  },
  {
    what: "the link is down for the rest",
    at: "testing",
    strike: linkDown,
    mend: linkUp,
    ends: "old",
    says: /lab-a: (activate|confirm) failed/,
  },
  {
    what: "the link is down for 5 s",
    at: "testing",
    strike: linkDownShortly,
    ends: "new",
    says: /runs it, and boots it/,
  },
  {
    what: "power cut",
    at: "testing",
    strike: powerCut,
    mend: boot,
    ends: "old",
    says: /lab-a: activate failed/,
    sample: true,
  },
  {
    what: "the deployer is killed -9",
    at: "testing",
    strike: killDeployer,
    ends: "old",
    says: /./,
    sample: true,
  },
  {
    what: "a second deployer comes",
    at: "testing",
    strike: secondDeployer,
    ends: "new",
    says: /runs it, and boots it/,
    sample: true,
  },
  {
    what: "the activation is killed",
    at: "testing",
    strike: killActivation,
    ends: "old",
    says: /lab-a: activate failed: .*activation took longer than .* allows \(25 s\)[\s\S]*It runs its old system, as before/,
  },
  {
    what: "the activation is killed",
    at: "awaiting",
    strike: killActivation,
    ends: "old",
    says: /lab-a: confirm failed: .*on the host was killed; nobody confirmed[\s\S]*It runs its old system, as before/,
  },
  {
    what: "/run fills",
    at: "awaiting",
    strike: fillRun,
    mend: freeRun,
    ends: "new",
    says: /runs it, and boots it/,
  },
  {
    what: "power cut",
    at: "awaiting",
    strike: powerCut,
    mend: bootWithLink,
    ends: "old",
    says: /lab-a: (activate|confirm) failed/,
  },
  {
    what: "power cut",
    at: "profile",
    strike: powerCut,
    mend: boot,
    ends: "old",
    says: /lab-a: confirm failed/,
  },
  { what: "the deployer is killed -9", at: "profile", strike: killDeployer, ends: "new", says: /./ },
  {
    what: "the link is down for 5 s",
    at: "profile",
    strike: linkDownShortly,
    ends: "new",
    says: /runs it, and boots it/,
  },
  {
    what: "the disk fills",
    at: "profile",
    strike: fillDisk,
    mend: freeDisk,
    ends: "old or new",
    says: /could not be made the boot default|runs it, and boots it/,
  },
  {
    what: "power cut",
    at: "boot switch",
    strike: powerCut,
    mend: boot,
    ends: "old or new",
    says: /./,
    sample: true,
  },
  {
    what: "the link is down for the rest",
    at: "boot switch",
    strike: linkDown,
    mend: linkUp,
    ends: "new",
    says: /lab-a: confirm failed/,
  },
  {
    what: "the new system breaks sshd",
    module: oneshot("systemctl stop ssh", "systemctl start ssh"),
    ends: "old",
    says: /lab-a: confirm failed/,
    sample: true,
  },
  {
    what: "the new system breaks the network",
    module: oneshot("ip link set eth0 down", "ip link set eth0 up"),
    ends: "old",
    says: /lab-a: (confirm|activate) failed/,
  },
  {
    what: "a unit that config names is not active",
    health: { units: ["nothing.service"] },
    ends: "old",
    says: /the unit nothing\.service is not active/,
  },
  {
    what: "the user's check fails",
    health: { check: "test -e /nowhere" },
    ends: "old",
    says: /the health check ended with exit code 1: test -e \/nowhere/,
  },
  {
    what: "the new system's activation hangs",
    module: oneshot("sleep 1000", "true"),
    ends: "old",
    says: /activation took longer than timeouts\.activate allows \(25 s\); it was waiting for fault\.service/,
    sample: true,
  },
  {
    what: "switch-to-configuration exits 4",
    module: oneshot("false", "true"),
    ends: "old",
    says: /units failed that did not fail before: fault\.service/,
  },
];

/** A unit whose start is the fault and whose stop takes it back. */
function oneshot(start: string, stop: string): string {
  return `{ systemd.services.fault = { wantedBy = [ "multi-user.target" ]; serviceConfig = {
    Type = "oneshot"; RemainAfterExit = true; ExecStart = "/bin/sh -c '${start}'"; ExecStop = "/bin/sh -c '${stop}'"; TimeoutStartSec = "infinity"; }; }; }\n`;
}
