import { z } from "zod";
import { runProcess } from "../shared/run-process.js";

/** What `pulumi preview` plans. */
export interface Preview {
  /** The environment of a Command; undefined when the preview has no such Command. */
  readonly environmentOf: (command: string) => Record<string, string> | undefined;
  /** Why the preview failed, as the engine says it. */
  readonly reason: string;
}

/** `pulumi preview --json`, as far as it is read: sdk/go/common/apitype and pkg/backend/display/json.go. */
const answer = z.object({
  steps: z
    .array(
      z.object({
        urn: z.string(),
        newState: z.object({ inputs: z.record(z.string(), z.unknown()).optional() }).optional(),
      }),
    )
    .default([]),
  diagnostics: z.array(z.object({ severity: z.string(), message: z.string() })).default([]),
});

/** Asks the engine what an `up` would do, with these variables in its environment. */
export async function preview(env: Readonly<Record<string, string>>): Promise<Preview> {
  const argv = ["preview", "--json", "--show-sames", "--non-interactive"];
  const { stdout, stderr, reason } = await runProcess("pulumi", argv, {
    env,
    isEngine: true,
    timeoutSeconds: 1800,
  });
  return readPreview(stdout, stderr || reason);
}

/** Reads the answer of `pulumi preview --json`. What the engine prints before the JSON is passed over. */
export function readPreview(stdout: string, stderr: string): Preview {
  const { steps, diagnostics } = answer.parse(JSON.parse(/\{[^]*/.exec(stdout)?.[0] ?? "{}"));
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  return {
    environmentOf: (command) => {
      const step = steps.find(({ urn }) => urn.endsWith(`::${command}`));
      return z.record(z.string(), z.string()).safeParse(step?.newState?.inputs?.["environment"]).data;
    },
    reason: errors.map(({ message }) => message.trim()).join("\n") || stderr.trim(),
  };
}
