import { z } from "zod";
import { health } from "../config/health.js";
import { timeouts } from "../config/timeouts.js";
import { activationFault } from "./activation-fault.js";
import { namedBuildHost } from "./build-host.js";
import { type Codec, json, longText, oneOf, text } from "./codec.js";
import { rebootRules } from "./reboot-rules.js";
import { runnerSpec } from "./runner-spec.js";
import { target } from "./target.js";

const storePath = z.string().startsWith("/nix/store/");

/** A state may have a limit that this version does not know: a Pi is removed by the inputs of its state. */
const stateTimeouts = z.object(timeouts.shape);

const noPath = "(its evaluation fails)";

/** A Pi whose evaluation fails has no store path. A plan shows these words in place of it. */
const pathOrNone: Codec<string | undefined> = {
  encode: (path) => path ?? noPath,
  decode: (path) => (path === noPath ? undefined : storePath.parse(path)),
};

/**
 * All that a Command tells its step besides secrets: each value is one environment variable, so that a plan shows each
 * difference by itself. The names of the variables and their texts are in the states of people's stacks.
 */
export const stepVariables = {
  /** The name of the Pi. */
  pi: ["PI", text],
  /** Where the step logs in to the Pi. */
  target: ["TARGET", json(target)],
  buildHost: ["BUILD_HOST", json(namedBuildHost)],
  timeouts: ["TIMEOUTS", json(stateTimeouts)],
  /** The derivation of the wanted toplevel. */
  drv: ["DRV", pathOrNone],
  /** The wanted toplevel. */
  toplevel: ["TOPLEVEL", pathOrNone],
  /** The image of the Pi's card that is wanted, as the store path that `drv` makes. */
  image: ["IMAGE", pathOrNone],
  /** Where images are kept on this machine. */
  imageFolder: ["FOLDER", text],
  /** Why the evaluation failed, in Nix's words; else empty. */
  evaluationFault: ["FAULT", longText],
  /** Why the activation may not begin. */
  activationFault: ["FAULT", activationFault],
  /** The convergence id; see docs/architecture.md. */
  convergence: ["CONVERGENCE", text],
  goal: ["GOAL", oneOf(z.enum(["switch", "boot"]))],
  health: ["HEALTH", json(health)],
  reboot: ["REBOOT", json(rebootRules)],
  /** How long a runner's job may take to end, in seconds. */
  idle: ["IDLE", json(z.number())],
  runner: ["RUNNER", json(runnerSpec)],
  /** What the convergence id is for a runner. */
  delivery: ["DELIVERY", text],
  /** A line for each Pi that is not where it should be; only of the verdict. */
  failed: ["FAILED", longText],
} as const satisfies Record<string, readonly [name: string, codec: AnyCodec]>;

interface AnyCodec {
  readonly encode: (value: never) => string;
  readonly decode: (text: string) => unknown;
}

type Variables = typeof stepVariables;
export type StepVariable = keyof Variables;

/** The values of some of the variables, by their names in the code. */
export type StepInputs<K extends StepVariable> = {
  readonly [P in K]: Variables[P][1] extends Codec<infer T> ? T : never;
};

/**
 * Reads some of the variables.
 * @param environment what the Command has set, or what a preview shows of it
 * @throws Error that names the variable when it is absent or of another form
 */
export function readStepInputs<K extends StepVariable>(
  names: readonly K[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
): StepInputs<K> {
  return Object.fromEntries(names.map((name) => [name, read(name, environment)])) as StepInputs<K>;
}

function read(name: StepVariable, environment: Readonly<Record<string, string | undefined>>): unknown {
  const [variable, codec] = stepVariables[name];
  const value = environment[variable];
  if (value === undefined)
    throw new Error(
      `the step was started without ${variable}: it is run by the fleet's Commands, not by hand`,
    );
  try {
    return codec.decode(value);
  } catch (cause) {
    throw new Error(`the step's ${variable} is of a form that this version does not know: ${value}`, {
      cause,
    });
  }
}
