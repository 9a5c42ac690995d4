import { writeFileSync } from "node:fs";
import { stackFileSchema } from "../components/config/stack-file-schema.js";

// `npm run schema`: writes what the unit test compares with.
writeFileSync(
  new URL("../stack.schema.json", import.meta.url),
  `${JSON.stringify(stackFileSchema(), null, 2)}\n`,
);
