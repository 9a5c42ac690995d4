import { PhaseError } from "../protocol/phase-error.js";

/** The Pi can boot the system, but not be switched to it while it runs: activate/inhibitors.sh. */
export class NotWhileRunning extends PhaseError {
  constructor(message: string) {
    super("activate", message);
  }
}
