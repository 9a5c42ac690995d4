import { z } from "zod";

/** The parts of a Pi's deployment, in their order. */
export const phase = z.enum([
  "evaluation",
  "build",
  "connect",
  "copy",
  "activate",
  "confirm",
  "reboot",
  "runner",
]);

export type Phase = z.output<typeof phase>;

/** Ends a step and says in which phase it failed; steps/main.ts makes its outcome. */
export class PhaseError extends Error {
  override name = "PhaseError";
  constructor(
    readonly phase: Phase,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
