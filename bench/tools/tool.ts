import { type Fleet, type Systems } from "../fleet.js";
import { type Deployment } from "../measure.js";
import { type ToolName } from "../options.js";

/** Something that deploys systems to a fleet. */
export interface Tool {
  readonly name: ToolName;
  /** Makes ready what is not to be measured. Gives the reason when the tool can't be had. */
  readonly prepare?: (fleet: Fleet) => Promise<string | undefined>;
  /** The command that makes each Pi run its system. What this does by itself is not measured. */
  readonly deployment: (fleet: Fleet, systems: Systems) => Promise<Deployment>;
}
