import type { FleetConfig } from "../config/fleet-config.js";
import { chosenOf } from "../rollout/limited-run.js";
import { pick } from "../shared/maps.js";
import type { LastRun } from "./last-run.js";

/** What one run has to do with the fleet. */
export interface FleetRun {
  readonly config: FleetConfig;
  /** The Pis of this run, and those that it leaves as they are. */
  readonly hosts: FleetConfig["hosts"];
  /** The names of the Pis that the run is limited to. */
  readonly chosen: readonly string[];
  readonly last: LastRun;
}

/** A Pi that the run leaves out stays in the stack when the last run had it, and else is not made. */
export function fleetRunOf(
  config: FleetConfig,
  last: LastRun | undefined = { pis: {}, runners: {} },
): FleetRun {
  const chosen = chosenOf(config.only, config.hosts);
  const hosts = pick(config.hosts, [...chosen, ...Object.keys(last.pis)]);
  return { config, hosts, chosen, last };
}
