// The entry that Pulumi.yaml names: index.ts, compiled at the first start after an edit. Whatever it exports is the stack's
// output.
import { compiled } from "./compiled.js";
import { load } from "./load.js";

// The engine's SDK makes the text of a stack for each promise. Its language host does that by a library that looks for source
// maps, which our code has none of, and which took a tenth of a preview's time.
Error.prepareStackTrace = undefined;

// The steps are compiled here, so that those of a run, which start at once, find it done.
await compiled("components/steps/main", "script");

// The engine warns of an output without a value, which means that config asks for no such thing.
const outputs = Object.entries(await load("index")).filter(([, value]) => value !== undefined);

export default Object.fromEntries(outputs);
