import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { BuildHost } from "./build-host.js";
import type { FleetConfig } from "./config/fleet-config.js";
import type { HostConfig, HostInput } from "./config/host.js";
import { isSigned } from "./config/only-activation.js";
import type { Timeouts } from "./config/timeouts.js";
import { piConvergence, type PiConvergence } from "./convergence/pi-convergence.js";
import { evaluateFleet } from "./evaluation/evaluate-fleet.js";
import { fleetHost, type FleetHost } from "./evaluation/fleet-json.js";
import type { Evaluation } from "./evaluation/toplevel.js";
import { observeByLogin } from "./on-pi/observe-by-login.js";
import type { Observation } from "./on-pi/observe.js";
import type { FirstBoot } from "./protocol/first-boot.js";
import { parseOutcome, type Outcome } from "./protocol/outcome.js";
import type { RebootRules } from "./protocol/reboot-rules.js";
import type { SecretDelivery } from "./protocol/secret-delivery.js";
import { announceWork } from "./rollout/announce-work.js";
import { awaitTurn } from "./rollout/await-turn.js";
import { onceDistinct } from "./rollout/distinct-machines.js";
import { Rollout } from "./rollout/rollout.js";
import { sayFor } from "./rollout/say.js";
import { whenKnown } from "./rollout/when-known.js";
import { idleSeconds } from "./runners/runner-spec.js";
import type { SigningKey } from "./signing-key.js";
import type { SshKeys } from "./ssh-keys.js";
import { SshSession } from "./ssh/session.js";
import type { Target } from "./ssh/target.js";
import { firstBootOf } from "./stack/first-boot.js";
import { lastOutcome } from "./stack/last-run.js";
import { now } from "./stack/now.js";
import { checkedPiArgs, type CheckedArgs } from "./stack/pi-args.js";
import { piOutcome, secretDelivery, secretIdsOf, targetOf } from "./stack/pi-outputs.js";
import { sayRemarks } from "./stack/pi-remarks.js";
import type { RunRemarks } from "./stack/remarks.js";
import { leftOutCommand, stepCommand } from "./stack/step-command.js";

export interface PiArgs {
  /** The host as in the stack's config: board, address, user, port, hostKey, modules, settings, network. */
  readonly host: HostInput;
  readonly keys: SshKeys;
  readonly buildHost: BuildHost;
  /** Seconds. @default probe 5, connect 15, build 21600, copy 3600, activate 300, confirm 60 */
  readonly timeouts?: Partial<Timeouts>;
  /** Signs its systems; needed when the host says `sudo.onlyActivation`. */
  readonly signingKey?: SigningKey | undefined;
  /** The flake. @default the directory `nix` of the project */
  readonly nix?: Partial<FleetConfig["nix"]>;
  /** Secrets by the names that the host refers to; what others refer to is left alone. @default none */
  readonly secrets?: Readonly<Record<string, pulumi.Input<string>>> | undefined;
  /** What Nix says of the Pi's toplevel, when the whole fleet was evaluated at once. @default this Pi is evaluated alone */
  readonly evaluation?: pulumi.Input<Evaluation>;
  /**
   * Leaves the Pi and its Commands as they are: the Pi is not asked or changed, and the plan shows no difference.
   * @default false
   */
  readonly leftOut?: boolean;
  /** When it is this Pi's turn. @default at once */
  readonly rollout?: Rollout;
  /** Where a run with many Pis tells what is to be known of them. @default each Pi tells it itself */
  readonly remarks?: RunRemarks;
}

/** What becomes of a Pi in this run. */
type Life = Pick<Pi, "observation" | "convergence" | "activation" | "outcome">;

/** One Pi: its build and its activation. */
export class Pi extends pulumi.ComponentResource {
  readonly name: string;
  readonly host: HostConfig;
  readonly timeouts: Timeouts;
  /** Whether this run leaves it as it is. */
  readonly leftOut: boolean;
  readonly target: pulumi.Output<Target>;
  /** What the Pi showed of itself at the start of this run. */
  readonly observation: pulumi.Output<Observation>;
  readonly convergence: pulumi.Output<PiConvergence>;
  readonly activation: command.local.Command;
  /** How the Pi stands after this run. */
  readonly outcome: pulumi.Output<Outcome>;
  /** The flake that its system is from. */
  readonly nix: FleetConfig["nix"];
  private readonly args: PiArgs;
  private readonly delivery: pulumi.Output<SecretDelivery>;

  constructor(name: string, args: PiArgs, opts?: pulumi.ComponentResourceOptions) {
    super("pi-fleet:index:Pi", name, {}, opts);
    const checked: CheckedArgs = checkedPiArgs(name, args);
    this.name = name;
    this.args = args;
    this.host = checked.host;
    this.timeouts = checked.timeouts;
    this.nix = checked.nix;
    this.leftOut = args.leftOut ?? false;
    this.delivery = secretDelivery(checked.host, args.secrets ?? {}, args.keys.deployPrivateKey);
    this.target = targetOf(name, checked.host, hostKeyOf(name, checked.host, args.keys), this.leftOut);

    const life = this.leftOut ? this.leaveAsItIs() : this.converge();
    this.observation = life.observation;
    this.convergence = life.convergence;
    this.activation = life.activation;
    this.outcome = life.outcome;
    this.registerOutputs({ toplevel: this.convergence.apply(({ toplevel }) => toplevel) });
  }

  /** What the card needs for this Pi's first boot. Secret. `undefined` for an adopted Pi. */
  firstBoot(): pulumi.Output<FirstBoot> | undefined {
    if (this.host.hostKey) return undefined;
    const { keys } = this.args;
    return firstBootOf({
      user: this.host.user,
      hostPrivateKey: keys.hostPrivateKey(this.name),
      hostPublicKey: keys.hostPublicKey(this.name),
      authorizedKeys: keys.authorizedKeys,
      delivery: this.delivery,
    });
  }

  /** What Nix is told of it. */
  toldToNix(): pulumi.Output<FleetHost> {
    return pulumi
      .all([this.args.keys.authorizedKeys, this.signingKey()?.publicKey])
      .apply(([authorizedKeys, signingKey]) => fleetHost(this.name, this.host, authorizedKeys, signingKey));
  }

  /** How long a job of its runners may take to end, in seconds. */
  get idle(): number {
    return idleSeconds(this.name, this.host);
  }

  /** What a step that may reboot this Pi is told. */
  get rebootRules(): RebootRules {
    return { ...this.host.reboot, board: this.host.board };
  }

  /** What every step on this Pi is told. */
  get stepInputs() {
    const { name: pi, target, timeouts } = this;
    return { pi, target, buildHost: this.args.buildHost.named, timeouts };
  }

  private converge(): Life {
    const evaluation = pulumi.output(this.args.evaluation ?? this.evaluateAlone());
    const rollout = this.args.rollout ?? aloneIn(this);
    const observation = onceDistinct(rollout.machines, this.name, this.observe());
    const last = lastOutcome("pis", this.name);
    const secretIds = secretIdsOf(this.delivery);
    const convergence = pulumi
      .all([evaluation, observation, last, secretIds])
      .apply(([wanted, seen, before, secrets]) =>
        piConvergence({ name: this.name, host: this.host, evaluation: wanted, secrets }, seen, before, now),
      );

    const build = this.build(evaluation, convergence);
    const announced = announceWork(rollout, {
      ...{ name: this.name, host: this.host, target: this.target, buildHost: this.args.buildHost.named },
      ...{ connectSeconds: this.timeouts.connect, deployKey: this.args.keys.deployPrivateKey },
      ...{ evaluation, convergence, observation, last, build },
    });
    const fault = awaitTurn(rollout, { name: this.name, evaluation, convergence, build, announced });
    const activation = this.activate(convergence, fault, build);

    const outcome = piOutcome(this.name, convergence, activation);
    void whenKnown(outcome).then((ended) => rollout.end(this.name, ended));
    const names = Object.keys(this.args.secrets ?? {});
    sayRemarks(
      { name: this.name, host: this.host, observation, convergence, outcome, secretIds, secretNames: names },
      this,
      this.args.remarks,
    );
    return { observation, convergence, activation, outcome };
  }

  /** The Pi is neither evaluated nor asked, and its Commands keep the inputs of the state. */
  private leaveAsItIs(): Life {
    const last = lastOutcome("pis", this.name);
    const build = leftOutCommand(`${this.name}-build`, { parent: this });
    return {
      observation: pulumi.output({ kind: "off", message: "left out of this run" } as const),
      convergence: last.apply((outcome): PiConvergence => {
        const id = outcome?.convergence ?? "not seen yet";
        return { toplevel: outcome?.new, id, confirmed: false, remark: undefined };
      }),
      activation: leftOutCommand(`${this.name}-activation`, { parent: this, dependsOn: [build] }),
      outcome: last.apply((outcome) => outcome ?? parseOutcome(this.name, "")),
    };
  }

  /** Signs its systems and their activations, if config asks for that. */
  private signingKey(): SigningKey | undefined {
    return isSigned(this.host) ? this.args.signingKey : undefined;
  }

  private evaluateAlone(): pulumi.Output<Evaluation> {
    return this.toldToNix().apply(async (host) => {
      const evaluations = await evaluateFleet({ [this.name]: host }, this.nix);
      return evaluations[this.name]!;
    });
  }

  /** Asks the Pi over ssh. The answer is no secret, though the key that asked is. */
  private observe(): pulumi.Output<Observation> {
    const { probe } = this.timeouts;
    const asked = pulumi
      .all([this.target, this.args.keys.deployPrivateKey])
      .apply(async ([target, key]): Promise<Observation> => {
        if (!target.hostKey)
          return { kind: "off", message: `${this.name} has no host key, which this run does not make` };
        const login = { target, privateKey: key, connectSeconds: probe };
        return await SshSession.with(login, (session) => observeByLogin(session, target, probe));
      });
    return pulumi.unsecret(asked);
  }

  private build(
    evaluation: pulumi.Output<Evaluation>,
    convergence: pulumi.Output<PiConvergence>,
  ): command.local.Command {
    const { pi, buildHost, timeouts } = this.stepInputs;
    const signingKey = this.signingKey();
    return stepCommand(
      `${this.name}-build`,
      {
        run: "build",
        inputs: {
          ...{ pi, buildHost, timeouts },
          drv: evaluation.apply((one) => (one.kind === "toplevel" ? one.drvPath : undefined)),
          evaluationFault: evaluation.apply((one) => (one.kind === "failed" ? one.message : "")),
          toplevel: convergence.apply(({ toplevel }) => toplevel),
          convergence: convergence.apply(({ id }) => id),
        },
        ...(signingKey ? { secrets: signingKey.secretKey.apply((key) => ({ signingKey: key })) } : {}),
      },
      { parent: this },
    );
  }

  private activate(
    convergence: pulumi.Output<PiConvergence>,
    activationFault: ReturnType<typeof awaitTurn>,
    build: command.local.Command,
  ): command.local.Command {
    return stepCommand(
      `${this.name}-activation`,
      {
        run: this.host.hostKey ? "activate" : "activate may-await-flash",
        remove: "forget",
        inputs: {
          ...this.stepInputs,
          toplevel: convergence.apply(({ toplevel }) => toplevel),
          convergence: convergence.apply(({ id }) => id),
          goal: this.host.goal,
          health: this.host.health,
          idle: this.idle,
          reboot: this.rebootRules,
          activationFault,
        },
        secrets: pulumi
          .all([this.args.keys.deployPrivateKey, this.delivery, this.signingKey()?.secretKey])
          .apply(([deployKey, secrets, signingKey]) => {
            const hasSecrets = secrets.files.length + secrets.keep.length > 0;
            return { deployKey, ...(hasSecrets ? { secrets } : {}), ...(signingKey ? { signingKey } : {}) };
          }),
      },
      { parent: this, dependsOn: [build] },
    );
  }
}

function hostKeyOf(name: string, { hostKey }: HostConfig, keys: SshKeys): pulumi.Output<string | undefined> {
  return hostKey ? pulumi.output(hostKey) : keys.hostPublicKey(name);
}

/** The rollout of a Pi that is in no fleet. */
function aloneIn(pi: Pi): Rollout {
  return new Rollout({ waves: [{ name: "at once", pis: [pi.name] }], say: sayFor(pi) });
}
