import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { hostsFileSchema, stackFileSchema } from "../../../components/config/stack-file-schema.js";

describe("the JSON Schemas for editors", () => {
  for (const [file, schema] of [
    ["stack.schema.json", stackFileSchema()],
    ["hosts.schema.json", hostsFileSchema()],
  ] as const)
    it(`${file} is fresh: npm run schema`, () => {
      const written: unknown = JSON.parse(readFileSync(new URL(`../../../${file}`, import.meta.url), "utf8"));
      assert.deepEqual(written, JSON.parse(JSON.stringify(schema)));
    });
});
