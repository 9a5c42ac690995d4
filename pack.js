// For `npm pack`: the code of the steps as one file, for a package without sources.
import { writeFileSync } from "node:fs";
import { build } from "./compiled.js";
import { root } from "./kept.js";

const { code } = await build("components/steps/main", "script");
writeFileSync(`${root}dist/steps.cjs`, code);
