import * as pulumi from "@pulumi/pulumi";
import type * as command from "@pulumi/command";
import type { BuildHost } from "./build-host.js";
import { fleetConfig, type FleetConfig } from "./config/fleet-config.js";
import { type HostInput } from "./config/host.js";
import { type HostConfig } from "./config/host.js";
import { timeouts as timeoutsSchema } from "./config/timeouts.js";
import { hostAddress } from "./config/host.js";
import { host as hostSchema } from "./config/host.js";
import { describeChange } from "./rollout/change.js";
import { piConvergence, noToplevel, type PiConvergence } from "./convergence/pi-convergence.js";
import { evaluateFleet, type Evaluation } from "./evaluation/evaluate-fleet.js";
import { fleetHost } from "./evaluation/fleet-json.js";
import { canonicalJson } from "./shared/canonical-json.js";
import { faultLine, faultLines } from "./config/fault-lines.js";
import { UserError } from "./shared/user-error.js";
import { usersOf } from "./stack/github-users.js";
import { whenKnown } from "./stack/when-known.js";
import { now } from "./stack/now.js";
import { parseOutcome, type Outcome } from "./protocol/outcome.js";
import { outcomeAfterRun } from "./convergence/outcome-after-run.js";
import { lastOutcome } from "./stack/last-run.js";
import { observe, type Observation } from "./on-pi/observe.js";
import { isSigned } from "./config/only-activation.js";
import { workOf, type BuildResult } from "./rollout/work.js";
import { foretellReboot } from "./activation/pending-reboot.js";
import type { RebootRules } from "./protocol/reboot-rules.js";
import { Rollout } from "./rollout/rollout.js";
import { type Work } from "./rollout/work.js";
import { sayFor } from "./rollout/say.js";
import { idleSeconds } from "./runners/runner-spec.js";
import { secretNames, secretsDir } from "./secrets/secret-files.js";
import { placedByHandRemark } from "./secrets/placed-by-hand.js";
import { secretFaults } from "./secrets/secret-faults.js";
import { secretChanges } from "./secrets/secret-changes.js";
import { deliveryOf } from "./secrets/delivery.js";
import { type SecretDelivery } from "./protocol/secret-delivery.js";
import type { SigningKey } from "./signing-key.js";
import { SshSession } from "./ssh/session.js";
import { type Target } from "./ssh/target.js";
import type { SshKeys } from "./ssh-keys.js";
import { stepCommand } from "./stack/step-command.js";

export interface PiArgs {
  /** The host as in the stack's config: board, address, user, port, hostKey, modules, settings, network. */
  readonly host: HostInput;
  readonly keys: SshKeys;
  readonly buildHost: BuildHost;
  /** @default 5 s to probe, 15 s to connect, and so on: see the README's config. */
  readonly timeouts?: Partial<FleetConfig["timeouts"]>;
  /** Signs its systems; needed when the host says `sudo.onlyActivation`. */
  readonly signingKey?: SigningKey | undefined;
  /** The flake. @default the directory `nix` of the project */
  readonly nix?: Partial<FleetConfig["nix"]>;
  /** Secrets by the names that the host refers to; what others refer to is left alone. @default none */
  readonly secrets?: Readonly<Record<string, pulumi.Input<string>>> | undefined;
  /** The Pi's plan when the whole fleet was evaluated at once. @default this Pi is evaluated by itself */
  readonly evaluation?: pulumi.Input<Evaluation>;
  /** Leaves it and its Commands as they are: not seen, not touched, no difference. @default false */
  readonly leftOut?: boolean;
  /** When it is this Pi's turn. @default at once */
  readonly rollout?: Rollout;
}

/** What the card of a Pi that was never booted needs. */
interface FirstBoot {
  readonly hostPrivateKey: string;
  readonly hostPublicKey: string | undefined;
  readonly user: string;
  readonly authorizedKeys: string[];
  /** Files to write; an owner that is not there yet gets its file when the Pi has its system. */
  readonly secrets: { path: string; content: string; owner: string; group: string; mode: string }[];
}

/** One Pi: its build and its activation. */
export class Pi extends pulumi.ComponentResource {
  readonly name: string;
  readonly host: HostConfig;
  readonly target: pulumi.Output<Target>;
  readonly observation: pulumi.Output<Observation>;
  readonly convergence: pulumi.Output<PiConvergence>;
  /** How the Pi stands after this run: of the probe when it shows the Pi where it should be, else of the last activation. */
  readonly outcome: pulumi.Output<Outcome>;
  readonly activation: command.local.Command;
  private readonly args: PiArgs;
  private readonly timeouts: FleetConfig["timeouts"];
  private readonly delivery: pulumi.Output<SecretDelivery>;
  private readonly rollout: Rollout;

  constructor(name: string, args: PiArgs, opts?: pulumi.ComponentResourceOptions) {
    super("pi-fleet:index:Pi", name, {}, opts);
    this.name = name;
    this.args = args;
    this.host = parse(name, hostSchema, args.host);
    this.timeouts = parse(name, timeoutsSchema, args.timeouts ?? {});
    const unread = usersOf("host", this.host).find(([, key]) => typeof key !== "string");
    if (unread)
      throw new UserError(
        `The arguments of ${name}: ${unread[0]}: give the keys; only a stack's config may name a GitHub user.`,
      );
    this.rollout = args.rollout ?? this.alone();

    if (isSigned(this.host) && !args.signingKey) {
      throw new UserError(`${name}: sudo.onlyActivation needs a signingKey: new SigningKey("signing")`);
    }

    this.delivery = this.secretsOfPi();
    this.target = this.whereToLogIn();
    if (args.leftOut) {
      const last = lastOutcome("pis", name);
      this.observation = pulumi.output({ kind: "off", message: "left out of this run" } as const);
      this.convergence = last.apply((outcome) => ({
        ...{ toplevel: outcome?.new ?? noToplevel, id: outcome?.convergence ?? "not seen yet" },
        ...{ confirmed: false, remark: undefined },
      }));
      const build = this.build(pulumi.output({ kind: "failed", message: "left out of this run" } as const));
      this.activation = this.activate(pulumi.output(""), build);
      this.outcome = last.apply((outcome) => outcome ?? parseOutcome(name, ""));
      this.registerOutputs({ toplevel: this.convergence.apply(({ toplevel }) => toplevel) });
      return;
    }
    const plan = pulumi.output(args.evaluation ?? this.evaluateAlone());
    this.observation = this.probe();
    this.convergence = pulumi
      .all([plan, this.observation, lastOutcome("pis", name), this.secretIds()])
      .apply(([wanted, seen, last, ids]) => piConvergence(name, this.host, wanted, seen, last, now, ids));
    const build = this.build(plan);
    const announced = this.announce(plan, build);
    this.activation = this.activate(this.fault(plan, build, announced), build);
    this.outcome = this.standing();
    void whenKnown(this.outcome).then((outcome) => this.rollout.end(name, outcome));
    this.remark();
    this.registerOutputs({ toplevel: this.convergence.apply(({ toplevel }) => toplevel) });
  }

  /** What the card of a Pi that was never booted needs to become this one. Secret. */
  firstBoot(): pulumi.Output<FirstBoot> | undefined {
    if (this.host.hostKey) return undefined;
    const { keys } = this.args;
    return pulumi
      .all([
        keys.hostPrivateKey(this.name),
        keys.hostPublicKey(this.name),
        keys.authorizedKeys,
        this.delivery,
      ])
      .apply(([hostPrivateKey, hostPublicKey, authorizedKeys, { files }]) => ({
        hostPrivateKey,
        hostPublicKey,
        user: this.host.user,
        authorizedKeys,
        secrets: files.map(({ name, content, ...rights }) => ({
          path: `${secretsDir}/${name}`,
          content,
          owner: rights.owner,
          group: rights.group,
          mode: rights.mode,
        })),
      }));
  }

  /** How long a job of its runners may take to end, in seconds. */
  get idle(): number {
    return idleSeconds(this.name, this.host);
  }

  /** What a step that may reboot this Pi is told. */
  get rebootRules(): RebootRules {
    return { ...this.host.reboot, board: this.host.board };
  }

  /** Whether this run leaves it as it is. */
  get leftOut(): boolean {
    return this.args.leftOut ?? false;
  }

  /** What every step on this Pi is told, and with which secrets. */
  stepEnvironment(): Record<string, pulumi.Input<string>> {
    return {
      PI: this.name,
      TARGET: this.target.apply(canonicalJson),
      BUILD_HOST: canonicalJson(this.args.buildHost.named),
      TIMEOUTS: canonicalJson(this.timeouts),
    };
  }

  /** Only what this Pi refers to. */
  private secretsOfPi(): pulumi.Output<SecretDelivery> {
    const given = this.args.secrets ?? {};
    const fault = secretFaults({ [this.name]: this.host }, given)[0];
    if (fault) throw new UserError(`pi-fleet:${faultLine(fault.path, fault.message, undefined)}`);
    const own = secretNames(this.host, Object.keys(given)).map((name) => [name, given[name]!] as const);
    const values = pulumi.all(Object.fromEntries(own));
    return pulumi.secret(
      pulumi
        .all([values, this.args.keys.deployPrivateKey])
        .apply(([known, deployKey]) => deliveryOf(this.host, known, deployKey)),
    );
  }

  /** They tell nothing of the secrets without the deploy key, and a plan may show them. */
  private secretIds(): pulumi.Output<SecretDelivery["ids"]> {
    return pulumi.unsecret(this.delivery.apply(({ ids }) => ids));
  }

  private whereToLogIn(): pulumi.Output<Target> {
    const { hostKey, user, port } = this.host;
    const key = hostKey ? pulumi.output(hostKey) : this.args.keys.hostPublicKey(this.name);
    return key.apply((pinned) => ({
      name: this.name,
      address: hostAddress(this.name, this.host),
      user,
      port,
      hostKey: pinned,
    }));
  }

  private evaluateAlone(): pulumi.Output<Evaluation> {
    const config = parse(this.name, fleetConfig.shape.nix, this.args.nix ?? {});
    const key = isSigned(this.host) ? this.args.signingKey?.publicKey : undefined;
    return pulumi.all([this.args.keys.authorizedKeys, key]).apply(async ([authorizedKeys, signingKey]) => {
      const host = fleetHost(this.name, this.host, authorizedKeys, signingKey);
      const plans = await evaluateFleet({ [this.name]: host }, config);
      return plans[this.name]!;
    });
  }

  /** Asks the Pi over ssh. The answer is no secret, though the key that asked is. */
  private probe(): pulumi.Output<Observation> {
    return pulumi.unsecret(
      pulumi
        .all([this.target, this.args.keys.deployPrivateKey])
        .apply(async ([target, key]): Promise<Observation> => {
          if (!target.hostKey)
            return { kind: "off", message: `${this.name} has no host key, which this run does not make` };
          const login = { target, privateKey: key, connectSeconds: this.timeouts.probe };
          return await SshSession.with(login, (session) => observe(session, target, this.timeouts.probe));
        }),
    );
  }

  private build(plan: pulumi.Output<Evaluation>): command.local.Command {
    const { signingKey } = this.args;
    return stepCommand(
      `${this.name}-build`,
      {
        run: "build",
        leftOut: this.leftOut,
        environment: {
          PI: this.name,
          BUILD_HOST: canonicalJson(this.args.buildHost.named),
          TIMEOUTS: canonicalJson(this.timeouts),
          DRV: plan.apply((wanted) => (wanted.kind === "toplevel" ? wanted.drvPath : noToplevel)),
          FAULT: plan.apply((wanted) => (wanted.kind === "failed" ? wanted.message : "")),
          TOPLEVEL: this.convergence.apply(({ toplevel }) => toplevel),
          CONVERGENCE: this.convergence.apply(({ id }) => id),
        },
        ...(isSigned(this.host) && signingKey
          ? { secrets: signingKey.secretKey.apply((key) => ({ signingKey: key })) }
          : {}),
      },
      { parent: this },
    );
  }

  private activate(fault: pulumi.Output<string>, build: command.local.Command): command.local.Command {
    return stepCommand(
      `${this.name}-activation`,
      {
        run: this.host.hostKey ? "activate" : "activate may-await-flash",
        leftOut: this.leftOut,
        remove: "forget",
        environment: {
          ...this.stepEnvironment(),
          TOPLEVEL: this.convergence.apply(({ toplevel }) => toplevel),
          CONVERGENCE: this.convergence.apply(({ id }) => id),
          GOAL: this.host.goal,
          HEALTH: canonicalJson(this.host.health),
          IDLE: String(this.idle),
          REBOOT: canonicalJson(this.rebootRules),
          FAULT: fault,
        },
        secrets: pulumi
          .all([this.args.keys.deployPrivateKey, this.delivery])
          .apply(([deployKey, secrets]) => ({
            deployKey,
            ...(secrets.files.length + secrets.keep.length > 0 ? { secrets } : {}),
          })),
      },
      { parent: this, dependsOn: [build] },
    );
  }

  /**
   * Why the activation can't begin, or the empty string. It is known only while an `up` runs; a preview says what
   * happens when nothing goes wrong.
   */
  private fault(
    plan: pulumi.Output<Evaluation>,
    build: command.local.Command,
    announced: Promise<void>,
  ): pulumi.Output<string> {
    const evaluation = plan.apply((wanted) => (wanted.kind === "failed" ? wanted.message : ""));
    if (pulumi.runtime.isDryRun()) return evaluation;
    return pulumi
      .all([evaluation, build.stdout, this.convergence])
      .apply(async ([message, stdout, { confirmed }]) => {
        await announced;
        if (message || confirmed) return message;
        return this.buildFault(stdout) || (await this.rollout.turn(this.name));
      });
  }

  private buildFault(stdout: string): string {
    const built = parseOutcome(this.name, stdout);
    return built.status === "failed" ? (built.message ?? "the build failed") : "";
  }

  /** Says what this run has to do here: in a preview at once, in an `up` when the build has ended. */
  private async announce(plan: pulumi.Output<Evaluation>, build: command.local.Command): Promise<void> {
    const run = pulumi.runtime.isDryRun()
      ? undefined
      : pulumi
          .all([build.stdout as pulumi.Output<string | undefined>, build.environment])
          .apply(([stdout, ran]) => ({
            convergence: stdout === undefined ? undefined : ran?.["CONVERGENCE"],
            buildFault: this.buildFault(stdout ?? ""),
          }));
    const last = lastOutcome("pis", this.name);
    const { deployPrivateKey } = this.args.keys;
    const inputs = pulumi.all([this.target, deployPrivateKey, plan, this.convergence, this.observation]);
    const known = await whenKnown(pulumi.all([inputs, pulumi.output(run), last]));
    this.rollout.announce(this.name, known ? await this.part(...known) : { kind: "absent" });
  }

  private async part(
    [target, deployKey, plan, convergence, seen]: [Target, string, Evaluation, PiConvergence, Observation],
    run: BuildResult | undefined,
    last: Outcome | undefined,
  ): Promise<Work> {
    const part = workOf(plan, convergence, seen, last, run);
    if (part.kind !== "another system") return part;
    const change = await describeChange({
      target,
      deployKey,
      connectSeconds: this.timeouts.connect,
      old: part.seen.current,
      toplevel: convergence.toplevel,
      ...(run ? { builtOn: this.args.buildHost.named } : {}),
      caches: (this.host.caches ?? []).map(({ url }) => url),
    });
    const reboot = await foretellReboot(this.name, this.host, part.seen, convergence.toplevel);
    const unknown = `reboot: known after the ${run ? "copy" : "build"}`;
    return { kind: "change", ...change, lines: [...change.lines, reboot ?? unknown] };
  }

  /** The order of a Pi that is in no fleet. */
  private alone(): Rollout {
    return new Rollout({
      waves: [{ name: "at once", pis: [this.name] }],
      say: sayFor(this),
    });
  }

  private standing(): pulumi.Output<Outcome> {
    return pulumi.unsecret(
      pulumi
        .all([this.convergence, this.activation.stdout, this.activation.environment])
        .apply(([known, stdout, ran]) => {
          const seen = { old: known.toplevel, new: known.toplevel };
          return outcomeAfterRun(this.name, stdout, known, ran?.["CONVERGENCE"], seen);
        }),
    );
  }

  /** Says what a person should know of this Pi besides the diff. */
  private remark(): void {
    this.convergence.apply(({ remark }) => remark && pulumi.log.warn(remark, this));
    this.convergence.apply(({ note }) => note && pulumi.log.info(note, this));
    const expected = placedByHandRemark(this.host, Object.keys(this.args.secrets ?? {}));
    if (expected) void pulumi.log.info(expected, this);
    this.observation.apply((seen) => {
      const restricted = seen.kind === "seen" && seen.status.restricted;
      return restricted && !isSigned(this.host) ? pulumi.log.warn(this.leaveAdvice(), this) : undefined;
    });
    if (pulumi.runtime.isDryRun()) {
      pulumi.all([this.observation, this.secretIds()]).apply(([seen, ids]) => this.showSecrets(seen, ids));
    } else {
      this.outcome.apply(
        ({ status }) => status === "awaiting flash" && pulumi.log.info(this.flashAdvice(), this),
      );
    }
  }

  private async showSecrets(seen: Observation, ids: SecretDelivery["ids"]): Promise<void> {
    const changes = seen.kind === "seen" ? secretChanges(ids, seen.status.secrets) : [];
    if (changes.length > 0) await pulumi.log.info(`secrets: ${changes.join(", ")}`, this);
  }

  private leaveAdvice(): string {
    return (
      `${this.name} takes only systems that the fleet's key signed, and config asks for no signature any more. To give ` +
      `\`${this.host.user}\` all of sudo again, set hosts.${this.name}.sudo.onlyActivation: false for one \`pulumi up\`.`
    );
  }

  private flashAdvice(): string {
    return (
      `${this.name} is awaiting flash: nothing answers at ${hostAddress(this.name, this.host)} yet. Build its image, write it to a ` +
      `card and boot it (README, "The first real Pi"); the next \`pulumi up\` converges it.`
    );
  }
}

/** Validates a library user's arguments by the same schema as the stack's config. */
function parse<T>(
  name: string,
  schema: { safeParse: (value: unknown) => { success: true; data: T } | { success: false; error: unknown } },
  value: unknown,
): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const lines = faultLines(
    parsed.error as Parameters<typeof faultLines>[0],
    value,
    schema as unknown as Parameters<typeof faultLines>[2],
  );
  throw new UserError(
    `The arguments of ${name} have faults:\n${lines.map((line) => `  ${line}`).join("\n")}`,
  );
}
