import { z } from "zod";
import { GitHubError } from "./github-error.js";

/** The variable that the runner reads a just-in-time registration from (actions/runner, CommandSettings.cs). */
const variable = "ACTIONS_RUNNER_INPUT_JITCONFIG";

const files = z.record(z.string(), z.string());
const settings = z.record(z.string(), z.unknown());

/** The file that the runner's unit reads: one line, for systemd's EnvironmentFile. A secret. */
export function jitConfigFile(config: string): string {
  return `${variable}=${withoutUpdates(config)}\n`;
}

/**
 * The registration, changed so that the runner does not update its own program: the Nix store is read-only. GitHub's API
 * has no parameter for that.
 *
 * A registration is base64 of a JSON map from the runner's files to their content, base64 too (Runner.cs). The program
 * tells GitHub at each poll what its file `.runner` says (BrokerMessageListener.cs).
 */
function withoutUpdates(config: string): string {
  const all = decode(files, config);
  const runner = all[".runner"];
  if (runner === undefined) throw unknownForm();
  const kept = Object.entries(decode(settings, runner)).filter(
    ([key]) => key.toLowerCase() !== "disableupdate",
  );
  const withoutUpdate = encode({ ...Object.fromEntries(kept), DisableUpdate: "true" });
  return encode({ ...all, ".runner": withoutUpdate });
}

/** Throws an error without a cause, since a parser's own would repeat the secret that it read. */
function decode<T>(schema: z.ZodType<T>, base64: string): T {
  const text = Buffer.from(base64, "base64").toString();
  try {
    return schema.parse(JSON.parse(text.replace(/^\uFEFF/, "")));
  } catch {
    throw unknownForm();
  }
}

function unknownForm(): GitHubError {
  return new GitHubError(0, "GitHub's just-in-time config is of a form that this version does not know");
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64");
}
