import { z } from "zod";
import { health } from "../config/health.js";
import { timeouts } from "../config/timeouts.js";
import { rebootRules } from "./reboot-rules.js";
import { target } from "./target.js";

const piAccess = z.object({
  target,
  timeouts,
  goal: z.enum(["switch", "boot"]),
  health,
  reboot: rebootRules,
  /** How long a runner's job may take to end, in seconds. */
  idle: z.number(),
});

/** How the verbs by hand reach one Pi. */
export type PiAccess = Readonly<z.output<typeof piAccess>>;

export const access = z.object({
  /** The fleet's private deploy key, in OpenSSH's format. */
  deployKey: z.string(),
  /** The key that signs closures, in Nix's format; absent when no Pi asks for signatures. */
  signingKey: z.string().optional(),
  /** By name. */
  pis: z.record(z.string(), piAccess),
});

/** The stack's secret output `access`: the program writes it, and the verbs by hand read it. */
export type Access = Readonly<z.output<typeof access>>;
