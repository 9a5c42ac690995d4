export { boards, type Board } from "./boards.js";
export { BuildHost } from "./build-host.js";
export {
  fleetConfig,
  type FleetConfig,
  type FleetConfigInput,
  type HostConfig,
  type HostInput,
} from "./config.js";
export { UserError } from "./faults.js";
export { Fleet, type FleetArgs } from "./fleet.js";
export type { PiPlan } from "./evaluation.js";
export type { Outcome } from "./outcome.js";
export { Pi, type PiArgs } from "./pi.js";
export { previousRun, type LastRun } from "./previous.js";
export { Rollout, wavesOf, type RolloutArgs, type Wave } from "./rollout.js";
export { RunnerRegistration, type RunnerRegistrationArgs } from "./runner-registration.js";
export { SigningKey } from "./signing-key.js";
export { SshKeys, type SshKeysArgs } from "./ssh-keys.js";
export { parseFleetConfig, readStackConfig, type StackConfig } from "./stack-config.js";
