import { GitHubError } from "./github-error.js";

/** The variable that the runner reads a just-in-time registration from (actions/runner, CommandSettings.cs). */
const variable = "ACTIONS_RUNNER_INPUT_JITCONFIG";

/** The file that the runner's unit reads: one line, for systemd's EnvironmentFile. A secret. */
export function jitConfigFile(config: string): string {
  return `${variable}=${withoutUpdates(config)}\n`;
}

/**
 * The registration, told not to update its program: the store is read-only, and GitHub has no parameter for it. It is
 * base64 of a map from the runner's files to their content (Runner.cs), and the program tells GitHub what its `.runner`
 * says at each poll (BrokerMessageListener.cs).
 */
function withoutUpdates(config: string): string {
  const files = parse<Record<string, string>>(config);
  const runner = files[".runner"];
  if (runner === undefined) throw unknownForm();
  const settings = Object.entries(parse<Record<string, unknown>>(runner)).filter(
    ([key]) => key.toLowerCase() !== "disableupdate",
  );
  const told = encode({ ...Object.fromEntries(settings), DisableUpdate: "true" });
  return encode({ ...files, ".runner": told });
}

/** A parser's own error would repeat what it read. */
function parse<T>(base64: string): T {
  try {
    return JSON.parse(
      Buffer.from(base64, "base64")
        .toString()
        .replace(/^\uFEFF/, ""),
    ) as T;
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
