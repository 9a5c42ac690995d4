import type { Board } from "../config/boards.js";
import type { RebootPolicy } from "../config/reboot.js";

/** What a step knows of the reboots of its Pi. */
export interface RebootRules extends RebootPolicy {
  readonly board: Board;
}
