import { writeFileSync } from "node:fs";
import { hostsFileSchema, stackFileSchema } from "../components/config/stack-file-schema.js";

// `npm run schema`: writes what the unit test compares with.
for (const [file, schema] of [
  ["stack.schema.json", stackFileSchema()],
  ["hosts.schema.json", hostsFileSchema()],
] as const)
  writeFileSync(new URL(`../${file}`, import.meta.url), `${JSON.stringify(schema, null, 2)}\n`);
