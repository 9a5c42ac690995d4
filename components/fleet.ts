import * as pulumi from "@pulumi/pulumi";
import { boardWarnings } from "./config/boards.js";
import { BuildHost } from "./build-host.js";
import { type FleetConfig } from "./config/fleet-config.js";
import { runnerScope } from "./config/runner.js";
import { type HostConfig } from "./config/host.js";
import { evaluateFleet, type Evaluation } from "./evaluation/evaluate-fleet.js";
import { evaluationFault } from "./evaluation/evaluation-fault.js";
import { fleetJson } from "./evaluation/fleet-json.js";
import { fleetHost } from "./evaluation/fleet-json.js";
import { type FleetHost } from "./evaluation/fleet-json.js";
import { UserError } from "./shared/user-error.js";
import type { Outcome } from "./protocol/outcome.js";
import { isSigned, onlyActivationWarnings } from "./config/only-activation.js";
import { Pi, type PiArgs } from "./pi.js";
import type { LastRun } from "./stack/last-run.js";
import { Rollout } from "./rollout/rollout.js";
import { sayFor } from "./rollout/say.js";
import { wavesOf } from "./rollout/waves.js";
import { runnersOf } from "./runners/runner-spec.js";
import { makeRunnerGroup } from "./runner-group.js";
import { RunnerRegistration } from "./runner-registration.js";
import { secretWarnings } from "./secrets/secret-faults.js";
import { leftOutLine } from "./rollout/selection.js";
import { chosenOf } from "./rollout/selection.js";
import { SigningKey } from "./signing-key.js";
import { SshKeys } from "./ssh-keys.js";
import { stepCommand } from "./stack/step-command.js";
import { groupKey, wantedGroup } from "./config/wanted-group.js";

export interface FleetArgs {
  readonly config: FleetConfig;
  /** The public keys that people hold, one OpenSSH line each. */
  readonly holders: readonly string[];
  /** How the last run left the fleet; needed when `only` leaves Pis out. @default there was none */
  readonly last?: LastRun | undefined;
  /** Needed when a host has a runner. A secret. */
  readonly githubToken?: pulumi.Input<string> | undefined;
  /** Secrets by the names that hosts refer to. */
  readonly secrets?: PiArgs["secrets"];
}

/** A whole fleet: keys, build hosts, one evaluation, the Pis in their waves, their runners, and the verdict. */
export class Fleet extends pulumi.ComponentResource {
  readonly keys: SshKeys;
  /** Signs the systems of the hosts that ask for it; made when the first one does. */
  readonly signingKey: SigningKey | undefined;
  readonly pis: Readonly<Record<string, Pi>>;
  /** How each Pi stands after this run. */
  readonly outcomes: pulumi.Output<Record<string, Outcome>>;
  /** How each runner stands after this run, by the name of its Pi. */
  readonly runnerOutcomes: pulumi.Output<Record<string, Outcome>>;
  /** What the flake is told: the text of fleet.json, for use by hand. */
  readonly fleetJson: pulumi.Output<string>;
  /** The hosts of this run, and those that it leaves as they are. */
  private readonly config: FleetConfig;
  private readonly chosen: readonly string[];
  private readonly last: LastRun;

  constructor(name: string, args: FleetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("pi-fleet:index:Fleet", name, {}, opts);
    requireToken(args);
    const fault = evaluationFault(args.config.hosts, args.config.nix);
    if (fault) throw new UserError(fault);
    this.last = args.last ?? { pis: {}, runners: {} };
    this.chosen = chosenOf(args.config.only, args.config.hosts);
    const known = pick(args.config.hosts, [...this.chosen, ...Object.keys(this.last.pis)]);
    this.config = { ...args.config, hosts: known };
    const hosts = pick(known, this.chosen);
    for (const line of [...boardWarnings(hosts), ...onlyActivationWarnings(hosts)])
      void pulumi.log.warn(line, this);
    const leftOut = leftOutLine(args.config, this.chosen, this.last);
    if (leftOut) void pulumi.log.info(leftOut, this);

    this.keys = this.makeKeys(name, args.holders);
    for (const line of secretWarnings(hosts, args.secrets ?? {})) void pulumi.log.warn(line, this);
    this.signingKey = Object.values(known).some(isSigned)
      ? new SigningKey(`${name}-signing`, { parent: this })
      : undefined;
    const unsigned = this.tellFlake((host) => !isSigned(host));
    const signed = this.tellFlake(isSigned);
    this.fleetJson = pulumi
      .all([unsigned, signed])
      .apply(([these, those]) => fleetJson({ ...these, ...those }));
    this.pis = this.makePis(this.evaluate(unsigned), this.evaluate(signed), args.secrets);
    const runners = this.registerRunners(args.githubToken);
    this.outcomes = outcomesOf(this.pis);
    this.runnerOutcomes = outcomesOf(runners);
    this.giveVerdict(name, runners);
    this.registerOutputs({ pis: Object.keys(this.pis) });
  }

  private makeKeys(name: string, holders: readonly string[]): SshKeys {
    const flashed = Object.entries(this.config.hosts).filter(([, host]) => !host.hostKey);
    return new SshKeys(`${name}-keys`, { holders, hosts: flashed.map(([pi]) => pi) }, { parent: this });
  }

  /** What the flake is told of some hosts. Apart for signed ones: a new signing key leaves the plans of others known. */
  private tellFlake(which: (host: HostConfig) => boolean): pulumi.Output<Record<string, FleetHost>> {
    const hosts = Object.entries(this.config.hosts).filter(([, host]) => which(host));
    if (hosts.length === 0) return pulumi.output<Record<string, FleetHost>>({});
    const key = hosts.some(([, host]) => isSigned(host)) ? this.signingKey?.publicKey : undefined;
    return pulumi
      .all([this.keys.authorizedKeys, key])
      .apply(([keys, signing]) =>
        Object.fromEntries(hosts.map(([pi, host]) => [pi, fleetHost(pi, host, keys, signing)])),
      );
  }

  private evaluate(
    told: pulumi.Output<Record<string, FleetHost>>,
  ): pulumi.Output<Record<string, Evaluation>> {
    return told.apply((hosts) => evaluateFleet(pick(hosts, this.chosen), this.config.nix));
  }

  private makePis(
    unsigned: pulumi.Output<Record<string, Evaluation>>,
    signed: pulumi.Output<Record<string, Evaluation>>,
    secrets: PiArgs["secrets"],
  ): Record<string, Pi> {
    const buildHosts = new Map<string, BuildHost>();
    const buildHost = (name: string) => {
      const made =
        buildHosts.get(name) ??
        new BuildHost(name, this.config.buildHosts[name] ?? { kind: "local" }, { parent: this });
      buildHosts.set(name, made);
      return made;
    };
    const rollout = new Rollout({
      waves: wavesOf({ ...this.config, hosts: pick(this.config.hosts, this.chosen) }),
      ...this.config.waves,
      say: sayFor(this),
    });
    return Object.fromEntries(
      Object.entries(this.config.hosts).map(([pi, host]) => [
        pi,
        new Pi(
          pi,
          {
            host,
            keys: this.keys,
            buildHost: buildHost(host.buildHost),
            timeouts: this.config.timeouts,
            evaluation: (isSigned(host) ? signed : unsigned).apply((all) => all[pi]!),
            signingKey: this.signingKey,
            secrets,
            rollout,
            leftOut: !this.chosen.includes(pi),
          },
          { parent: this },
        ),
      ]),
    );
  }

  /** After all Pis: a failure on GitHub, which ends a run, must not hold up a system. */
  private makeGroups(githubToken: FleetArgs["githubToken"]): Map<string, pulumi.Resource> {
    const groups = new Map<string, pulumi.Resource>();
    const dependsOn = Object.values(this.pis).map(({ activation }) => activation);
    for (const { host } of Object.values(this.pis)) {
      for (const runner of [...(host.runner ? [host.runner] : []), ...host.runners]) {
        const wanted = wantedGroup(runner);
        const key = groupKey(runner.github.api, runnerScope(runner), wanted?.name ?? null);
        if (!wanted || groups.has(key)) continue;
        groups.set(key, makeRunnerGroup(wanted, githubToken!, { parent: this, dependsOn }));
      }
    }
    return groups;
  }

  private registerRunners(githubToken: FleetArgs["githubToken"]): Record<string, RunnerRegistration> {
    const runners: Record<string, RunnerRegistration> = {};
    const groups = this.makeGroups(githubToken);
    for (const pi of Object.values(this.pis)) {
      runnersOf(pi.name, pi.host).forEach(({ name, api, scope, group }, index) => {
        // The first one is the Pi's `runner`, if it has that, and has the Pi's name: also when its own name changes.
        const key = pi.host.runner && index === 0 ? pi.name : `${pi.name}-${name}`;
        if (pi.leftOut && !(key in this.last.runners)) return;
        const made = groups.get(groupKey(api, scope, group));
        const args = { pi, keys: this.keys, githubToken: githubToken!, runner: name, group: made };
        runners[key] = new RunnerRegistration(`${key}-runner`, args, { parent: this });
      });
    }
    return runners;
  }

  /**
   * The last step, which fails an `up` that left a Pi behind. Its input is empty in a preview, which can't know: so a
   * Pi that is off is never a difference there.
   */
  private giveVerdict(name: string, runners: Record<string, RunnerRegistration>): void {
    const parts = [...Object.values(this.pis), ...Object.values(runners)];
    const outcomes = parts.filter(({ leftOut }) => !leftOut).map(({ outcome }) => outcome);
    const failed = pulumi.all(outcomes).apply((all) =>
      all
        .filter(({ status }) => status === "failed")
        .map(failureLine)
        .join("\n"),
    );
    stepCommand(
      `${name}-verdict`,
      { run: "verdict", environment: { FAILED: pulumi.runtime.isDryRun() ? "" : failed } },
      { parent: this, dependsOn: Object.values(this.pis) },
    );
  }
}

/** The entries of these names, in their own order. */
function pick<T>(all: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
}

function outcomesOf(parts: Readonly<Record<string, { outcome: pulumi.Output<Outcome> }>>) {
  const outcomes = Object.fromEntries(Object.entries(parts).map(([name, { outcome }]) => [name, outcome]));
  return pulumi
    .all(outcomes)
    .apply((all) =>
      Object.fromEntries(Object.entries(all).filter(([, outcome]) => outcome.status !== "left out")),
    );
}

/** `pi-a: copy failed: its disk is full …` */
function failureLine({ pi, phase, message }: Outcome): string {
  return `${pi}: ${phase ? `${phase} failed: ` : ""}${message ?? "failed without a reason"}`;
}

function requireToken({ config, githubToken }: FleetArgs): void {
  const withRunner = Object.entries(config.hosts).filter(([, host]) => host.runner ?? host.runners[0]);
  if (withRunner.length === 0 || githubToken !== undefined) return;
  throw new UserError(
    `${withRunner.map(([pi]) => pi).join(", ")} ${withRunner.length === 1 ? "has a runner" : "have runners"}, and the stack has no ` +
      `GitHub token. Set it with: pulumi config set --secret pi-fleet:githubToken`,
  );
}
