// The entry that Pulumi.yaml names: index.ts, compiled afresh. Whatever it exports is the stack's output.
import { load } from "./load.js";

export default { ...(await load("index")) };
