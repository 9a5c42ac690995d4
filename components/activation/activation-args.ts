import type { HostConfig } from "../config/host.js";
import type { Timeouts } from "../config/timeouts.js";
import type { ActivateScript } from "../on-pi/activate-script.js";
import type { RebootRules } from "../protocol/reboot-rules.js";
import type { SecretDelivery } from "../protocol/secret-delivery.js";
import type { Target } from "../ssh/target.js";
import type { ReachedPi } from "./reached-pi.js";

/** The system that a Pi is to reach, and the time limits on the way. */
export interface ActivationArgs {
  readonly toplevel: string;
  /** The convergence id that the Pi keeps once it is there. */
  readonly id: string;
  /** `test`: like `switch`, but the Pi boots the old system next. */
  readonly goal: HostConfig["goal"] | "test";
  readonly health: HostConfig["health"];
  readonly reboot: RebootRules;
  readonly timeouts: Timeouts;
  /** How long jobs of the Pi's runners may take to end before the new system is activated. Seconds. */
  readonly idle: number;
  /** What the Pi gets besides the system. @default its secrets stay as they are */
  readonly secrets?: SecretDelivery;
  /**
   * Whether a confirmation counts by any login of the Pi, since the system may have one of before.
   * @default false: by the login that config wants
   */
  readonly byAnyLogin?: boolean;
  /** Signs the activation of a restricted Pi, in Nix's format. */
  readonly signingKey?: string | undefined;
}

/** One activation: the Pi, how to reach it, and what is wanted. */
export interface ActivationContext {
  readonly pi: ReachedPi;
  /** The login that the shared connection goes by. */
  readonly target: Target;
  /** activate.sh by that login. */
  readonly script: ActivateScript;
  readonly args: ActivationArgs;
}
