import type { Timeouts } from "../config/timeouts.js";
import type { Target } from "../ssh/target.js";
import { type NamedBuildHost } from "./build-host.js";

/** Begins the message of a Pi that was not touched because an earlier wave failed. */
export const heldBack = "held back: ";

/** What the program hands to each step, in the environment, so that a plan shows each value by itself. */
export function stepInputs(): { pi: string; buildHost: NamedBuildHost; timeouts: Timeouts } {
  return {
    pi: variable("PI"),
    buildHost: JSON.parse(variable("BUILD_HOST")) as NamedBuildHost,
    timeouts: JSON.parse(variable("TIMEOUTS")) as Timeouts,
  };
}

/** Where the step logs in to the Pi. */
export function stepTarget(): Target {
  return JSON.parse(variable("TARGET")) as Target;
}

/** A variable that the Command sets; its absence is this package's own mistake. */
export function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined)
    throw new Error(`the step was started without ${name}: it is run by the fleet's Commands, not by hand`);
  return value;
}
