import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { askGitHub } from "../github/client.js";
import { LabError } from "./lab-error.js";
import { log, onLaptop, requireAnchor, startDetached } from "./namespaces.js";
import { checkout, labDir } from "./paths.js";
import { until } from "./process.js";

/** Where tests talk to the lab's GitHub. */
export function gitHubSocket(): string {
  return labDir("run/github.sock");
}

/** True when the lab's GitHub answers. */
export async function gitHubIsUp(): Promise<boolean> {
  return askGitHub(gitHubSocket()).then(
    () => true,
    () => false,
  );
}

/** Starts the lab's GitHub on the laptop; it ends with the lab. */
export async function startGitHub(): Promise<void> {
  if (await gitHubIsUp()) return;
  const failed = await startDetached("github", [
    ...onLaptop(await requireAnchor()),
    "--pid",
    process.execPath,
    `--import=${fileURLToPath(import.meta.resolve("tsx"))}`,
    join(checkout, "lab/github/main.ts"),
    gitHubSocket(),
  ]);
  await until(
    async () => {
      if (failed.aborted) throw new LabError(`The lab's GitHub does not start: ${await log("github")}`);
      return gitHubIsUp();
    },
    30,
    async () => `The lab's GitHub did not answer in 30 s: ${await log("github")}`,
  );
}
