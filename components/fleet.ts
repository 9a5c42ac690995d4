import * as pulumi from "@pulumi/pulumi";
import { BuildHost } from "./build-host.js";
import { boardWarnings } from "./config/boards.js";
import type { FleetConfig } from "./config/fleet-config.js";
import type { HostConfig } from "./config/host.js";
import { isSigned, onlyActivationWarnings } from "./config/only-activation.js";
import { imageNames } from "./config/images.js";
import { runnerScope } from "./config/runner.js";
import { groupKey, wantedGroup } from "./config/wanted-group.js";
import { evaluateFleet } from "./evaluation/evaluate-fleet.js";
import { evaluateImages, evaluateProvisioning } from "./evaluation/evaluate-images.js";
import { evaluationFault } from "./evaluation/evaluation-fault.js";
import { fleetHost, fleetJson, type FleetHost } from "./evaluation/fleet-json.js";
import type { ImageEvaluation } from "./evaluation/image.js";
import type { Evaluation } from "./evaluation/toplevel.js";
import { Pi, type PiArgs } from "./pi.js";
import type { Access, PiAccess } from "./protocol/access.js";
import type { KeptImage } from "./protocol/kept-image.js";
import type { Outcome } from "./protocol/outcome.js";
import { leftOutLine } from "./rollout/limited-run.js";
import { Rollout } from "./rollout/rollout.js";
import { sayFor } from "./rollout/say.js";
import { wavesOf } from "./rollout/waves.js";
import { makeRunnerGroup } from "./stack/runner-group.js";
import { RunnerRegistration } from "./runner-registration.js";
import { missingTokenFault } from "./runners/missing-token.js";
import { runnerKey } from "./runners/runner-key.js";
import { runnersOf } from "./runners/runner-spec.js";
import { SdImage } from "./sd-image.js";
import { secretWarnings } from "./secrets/secret-warnings.js";
import { mapValues, pick } from "./shared/maps.js";
import { UserError } from "./shared/user-error.js";
import { SigningKey } from "./signing-key.js";
import { SshKeys } from "./ssh-keys.js";
import type { FirstBoot } from "./protocol/first-boot.js";
import { failuresOf, outcomesOf, summaryLine } from "./stack/fleet-outputs.js";
import { fleetRunOf, type FleetRun } from "./stack/fleet-run.js";
import type { LastRun } from "./stack/last-run.js";
import { RunRemarks } from "./stack/remarks.js";
import { stepCommand } from "./stack/step-command.js";

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
  /** The same in a line: how many stand how. */
  readonly summary: pulumi.Output<string>;
  /** How each runner stands after this run, by its key. */
  readonly runnerOutcomes: pulumi.Output<Record<string, Outcome>>;
  /** The images of cards that config asks for, by Pi; undefined when it asks for none. */
  readonly images: pulumi.Output<Record<string, KeptImage>> | undefined;
  /** What the flake is told: the text of fleet.json, for use by hand. */
  readonly fleetJson: pulumi.Output<string>;

  constructor(name: string, args: FleetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("pi-fleet:index:Fleet", name, {}, opts);
    refuseFaults(args);
    const run = fleetRunOf(args.config, args.last);
    this.warn(args, run);

    this.keys = this.makeKeys(name, args.holders, run);
    this.signingKey = this.makeSigningKey(name, run);
    const told = this.tellFlake(run);
    this.fleetJson = pulumi
      .all([told.unsigned, told.signed])
      .apply(([unsigned, signed]) => fleetJson({ ...unsigned, ...signed }));
    this.pis = this.makePis(run, evaluate(told, run), args.secrets);
    const runners = this.registerRunners(run, args.githubToken);
    this.images = this.makeImages(run, told);
    this.outcomes = outcomesOf(this.pis);
    this.summary = this.outcomes.apply(summaryLine);
    this.runnerOutcomes = outcomesOf(runners);
    this.giveVerdict(name, runners);
    this.registerOutputs({ pis: Object.keys(this.pis) });
  }

  /** How the verbs of `npm run pi` reach the Pis. Secret. */
  get access(): pulumi.Output<Access> {
    const { deployPrivateKey: deployKey } = this.keys;
    const secretKey = pulumi.output(this.signingKey?.secretKey);
    const pis = pulumi.all(mapValues(this.pis, accessTo));
    return pulumi.secret(
      pulumi.all([deployKey, secretKey, pis]).apply(([key, signingKey, all]) => ({
        ...{ deployKey: key, pis: all },
        ...(signingKey === undefined ? {} : { signingKey }),
      })),
    );
  }

  /** What the card of each Pi that is not adopted needs for its first boot, by name. Secret. */
  get firstBoot(): pulumi.Output<Record<string, FirstBoot>> {
    const bundles = Object.entries(this.pis).flatMap(([name, pi]) => {
      const bundle = pi.firstBoot();
      return bundle ? [[name, bundle] as const] : [];
    });
    return pulumi.secret(pulumi.all(Object.fromEntries(bundles)));
  }

  /** Warns about the config before anything is made. */
  private warn({ config, secrets = {} }: FleetArgs, { hosts, chosen, last }: FleetRun): void {
    const chosenHosts = pick(hosts, chosen);
    const warnings = [
      ...boardWarnings(chosenHosts),
      ...onlyActivationWarnings(chosenHosts),
      ...secretWarnings(chosenHosts, secrets),
    ];
    for (const line of warnings) void pulumi.log.warn(line, this);
    const leftOut = leftOutLine(config, chosen, last);
    if (leftOut) void pulumi.log.info(leftOut, this);
  }

  private makeKeys(name: string, holders: readonly string[], { hosts }: FleetRun): SshKeys {
    const flashed = Object.entries(hosts).filter(([, host]) => !host.hostKey);
    return new SshKeys(`${name}-keys`, { holders, hosts: flashed.map(([pi]) => pi) }, { parent: this });
  }

  private makeSigningKey(name: string, { hosts }: FleetRun): SigningKey | undefined {
    if (!Object.values(hosts).some(isSigned)) return undefined;
    return new SigningKey(`${name}-signing`, { parent: this });
  }

  /**
   * What the flake is told of the hosts. Signed hosts are separate: a new signing key is unknown in a preview, and the
   * plans of the other hosts must stay known.
   */
  private tellFlake({ hosts }: FleetRun): ToldHosts {
    const tell = (which: (host: HostConfig) => boolean, signingKey: pulumi.Output<string> | undefined) => {
      const these = Object.entries(hosts).filter(([, host]) => which(host));
      return pulumi
        .all([this.keys.authorizedKeys, signingKey])
        .apply(([keys, key]) =>
          Object.fromEntries(these.map(([pi, host]) => [pi, fleetHost(pi, host, keys, key)])),
        );
    };
    return {
      unsigned: tell((host) => !isSigned(host), undefined),
      signed: tell(isSigned, this.signingKey?.publicKey),
    };
  }

  private makePis(run: FleetRun, evaluations: Evaluations, secrets: PiArgs["secrets"]): Record<string, Pi> {
    const { config, hosts, chosen } = run;
    const buildHosts = this.makeBuildHosts(run);
    const rollout = new Rollout({
      waves: wavesOf({ ...config, hosts: pick(hosts, chosen) }),
      ...config.waves,
      say: sayFor(this),
    });
    const remarks = new RunRemarks(chosen, this);
    return mapValues(hosts, (host, name) => {
      const evaluated = isSigned(host) ? evaluations.signed : evaluations.unsigned;
      const args: PiArgs = {
        ...{ host, keys: this.keys, buildHost: buildHosts[host.buildHost]!, timeouts: config.timeouts },
        ...{ signingKey: this.signingKey, secrets, rollout, remarks },
        evaluation: evaluated.apply((all) => all[name]!),
        leftOut: !chosen.includes(name),
      };
      return new Pi(name, args, { parent: this });
    });
  }

  /** Makes the build hosts that hosts use; `local` needs no entry in config. */
  private makeBuildHosts({ config, hosts }: FleetRun): Record<string, BuildHost> {
    const used = [...new Set(Object.values(hosts).map(({ buildHost }) => buildHost))];
    const make = (name: string) =>
      new BuildHost(name, config.buildHosts[name] ?? { kind: "local" }, { parent: this });
    return Object.fromEntries(used.map((name) => [name, make(name)]));
  }

  private registerRunners(
    { last }: FleetRun,
    githubToken: FleetArgs["githubToken"],
  ): Record<string, RunnerRegistration> {
    const runners: Record<string, RunnerRegistration> = {};
    const groups = this.makeRunnerGroups(githubToken);
    for (const pi of Object.values(this.pis)) {
      for (const { name, api, scope, group } of runnersOf(pi.name, pi.host)) {
        const key = runnerKey(pi.name, pi.host, name);
        if (pi.leftOut && !(key in last.runners)) continue;
        const made = groups.get(groupKey(api, scope, group));
        const args = { pi, keys: this.keys, githubToken: githubToken!, runner: name, group: made };
        runners[key] = new RunnerRegistration(`${key}-runner`, args, { parent: this });
      }
    }
    return runners;
  }

  /** Makes the groups after all Pis: a failure on GitHub ends the run, and must not hold up a system. */
  private makeRunnerGroups(githubToken: FleetArgs["githubToken"]): Map<string, pulumi.Resource> {
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

  /** Makes the images after all Pis: a failure ends the run, and must not hold up a system. */
  private makeImages(run: FleetRun, told: ToldHosts): Fleet["images"] {
    const { config, hosts, chosen, last } = run;
    const asked = imageNames(config.images, hosts);
    const there = asked.filter((pi) => chosen.includes(pi) || last.images?.includes(pi));
    if (there.length === 0) return undefined;
    const evaluations = evaluateImagesOf(told, asked, run);
    const dependsOn = Object.values(this.pis).map(({ activation }) => activation);
    const made = pick(this.pis, there);
    const images = mapValues(made, (pi, name) => {
      const evaluated = isSigned(pi.host) ? evaluations.signed : evaluations.unsigned;
      const args = { pi, folder: config.images.folder, evaluation: evaluated.apply((all) => all[name]!) };
      return new SdImage(`${name}-image`, args, { parent: this, dependsOn });
    });
    return pulumi.all(mapValues(images, ({ kept }) => kept));
  }

  /**
   * Makes the last step, which fails an `up` that left a Pi behind. A preview can't know that and passes the empty
   * string, so that a Pi that is off is no difference there.
   */
  private giveVerdict(name: string, runners: Record<string, RunnerRegistration>): void {
    const failures = failuresOf([...Object.values(this.pis), ...Object.values(runners)]);
    stepCommand(
      `${name}-verdict`,
      { run: "verdict", inputs: { failed: pulumi.runtime.isDryRun() ? "" : failures } },
      { parent: this, dependsOn: Object.values(this.pis) },
    );
  }
}

/** Values by Pi, separate for signed and unsigned hosts. */
interface BySigning<T> {
  readonly unsigned: pulumi.Output<Record<string, T>>;
  readonly signed: pulumi.Output<Record<string, T>>;
}
type ToldHosts = BySigning<FleetHost>;
type Evaluations = BySigning<Evaluation>;
type ImageEvaluations = BySigning<ImageEvaluation>;

function evaluate({ unsigned, signed }: ToldHosts, { config, chosen }: FleetRun): Evaluations {
  const evaluated = (told: ToldHosts["signed"]) =>
    told.apply((hosts) => evaluateFleet(pick(hosts, chosen), config.nix));
  return { unsigned: evaluated(unsigned), signed: evaluated(signed) };
}

function evaluateImagesOf(
  { unsigned, signed }: ToldHosts,
  names: readonly string[],
  { config, chosen }: FleetRun,
): ImageEvaluations {
  const wanted = names.filter((name) => chosen.includes(name));
  const evaluated = (told: ToldHosts["signed"]) =>
    told.apply((hosts) =>
      config.images.provisioning
        ? evaluateProvisioning(pick(hosts, wanted), config.nix)
        : evaluateImages(pick(hosts, wanted), config.nix, pulumi.getStack()),
    );
  return { unsigned: evaluated(unsigned), signed: evaluated(signed) };
}

/** @throws UserError for faults that would only show later */
function refuseFaults({ config, githubToken }: FleetArgs): void {
  const noToken = githubToken === undefined && missingTokenFault(config.hosts);
  if (noToken) throw new UserError(`pi-fleet:${noToken}`);
  const fault = evaluationFault(config.hosts, config.nix);
  if (fault) throw new UserError(fault);
}

function accessTo(pi: Pi): pulumi.Output<PiAccess> {
  const { timeouts, idle, rebootRules: reboot } = pi;
  const { goal, health } = pi.host;
  return pi.target.apply((target) => ({ target, timeouts, goal, health, reboot, idle }));
}
