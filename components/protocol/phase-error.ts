export type Phase =
  "evaluation" | "build" | "connect" | "copy" | "activate" | "confirm" | "reboot" | "runner";

/** Ends a step with its phase; `runStep` makes an outcome of it. */
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
