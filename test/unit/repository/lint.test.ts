import assert from "node:assert/strict";
import { ESLint } from "eslint";

describe("eslint", function () {
  this.timeout(60_000);

  it("refuses an Output in a template literal, where it would print as [object Object]", async () => {
    const [result] = await new ESLint().lintText(
      `import * as pulumi from "@pulumi/pulumi";
       const address: pulumi.Output<string> = pulumi.output("10.0.0.1");
       export const url = \`http://\${address}\`;`,
      { filePath: "test/skip.ts" },
    );
    const rules = result?.messages.map(({ ruleId }) => ruleId) ?? [];
    assert.ok(rules.includes("@pulumi/no-output-in-template-literal"), JSON.stringify(result?.messages));
  });

  it("refuses a promise that nobody awaits", async () => {
    const [result] = await new ESLint().lintText(`Promise.resolve(1);`, { filePath: "test/skip.ts" });
    assert.deepEqual(
      result?.messages.map(({ ruleId }) => ruleId),
      ["@typescript-eslint/no-floating-promises"],
    );
  });
});
