import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { stackFileSchema } from "../../../components/config/stack-file-schema.js";

describe("the JSON Schema of a stack's file", () => {
  it("is fresh: npm run schema", () => {
    const written: unknown = JSON.parse(
      readFileSync(new URL("../../../stack.schema.json", import.meta.url), "utf8"),
    );
    assert.deepEqual(written, JSON.parse(JSON.stringify(stackFileSchema())));
  });
});
