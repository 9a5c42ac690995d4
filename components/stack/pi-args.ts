import type { z } from "zod";
import { faultLine, faultLines } from "../config/fault-lines.js";
import { fleetConfig, type FleetConfig } from "../config/fleet-config.js";
import { host as hostSchema, type HostConfig, type HostInput } from "../config/host.js";
import { nestingFault } from "../config/nesting.js";
import { isSigned } from "../config/only-activation.js";
import { timeouts as timeoutsSchema, type Timeouts } from "../config/timeouts.js";
import { secretFaults } from "../secrets/secret-faults.js";
import { UserError } from "../shared/user-error.js";
import { usersOf } from "./github-users.js";

/** The arguments of `Pi` before they are validated. */
interface UncheckedArgs {
  readonly host: HostInput;
  readonly timeouts?: Partial<Timeouts> | undefined;
  readonly nix?: Partial<FleetConfig["nix"]> | undefined;
  readonly signingKey?: unknown;
  readonly secrets?: Readonly<Record<string, unknown>> | undefined;
}

export interface CheckedArgs {
  readonly host: HostConfig;
  readonly timeouts: Timeouts;
  readonly nix: FleetConfig["nix"];
}

/**
 * Validates the arguments of a Pi by the same schema as the stack's config, with the defaults filled in.
 * @throws UserError that names each fault with its path
 */
export function checkedPiArgs(name: string, args: UncheckedArgs): CheckedArgs {
  const nesting = nestingFault(args.host);
  if (nesting) throw new UserError(`The arguments of ${name}: host: ${nesting}.`);
  const host = parsed(name, hostSchema, args.host);
  const timeouts = parsed(name, timeoutsSchema, args.timeouts ?? {});
  const nix = parsed(name, fleetConfig.shape.nix, args.nix ?? {});
  const unread = usersOf("host", host).find(([, key]) => typeof key !== "string");
  if (unread)
    throw new UserError(
      `The arguments of ${name}: ${unread[0]}: give the keys; only a stack's config may name a GitHub user.`,
    );
  if (isSigned(host) && !args.signingKey)
    throw new UserError(`${name}: sudo.onlyActivation needs a signingKey: new SigningKey("signing")`);
  const fault = secretFaults({ [name]: host }, args.secrets ?? {})[0];
  if (fault) throw new UserError(`pi-fleet:${faultLine(fault.path, fault.message, undefined)}`);
  return { host, timeouts, nix };
}

function parsed<T extends z.ZodType>(name: string, schema: T, value: unknown): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const lines = faultLines(result.error, value, schema).map((line) => `  ${line}`);
  throw new UserError(`The arguments of ${name} have faults:\n${lines.join("\n")}`);
}
