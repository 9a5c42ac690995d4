// The entry that Pulumi.yaml names: index.ts, compiled afresh. Whatever it exports is the stack's output.
import { load } from "./load.js";

// The engine warns of an output without a value, which means that config asks for no such thing.
const outputs = Object.entries(await load("index")).filter(([, value]) => value !== undefined);

export default Object.fromEntries(outputs);
