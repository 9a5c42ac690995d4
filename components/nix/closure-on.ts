import type { NamedBuildHost } from "../protocol/build-host.js";
import { runProcess } from "../shared/run-process.js";
import { remote } from "../ssh/remote.js";
import { SshError } from "../ssh/ssh-error.js";
import { withBuildHost } from "./with-build-host.js";
import { buildHostTarget } from "./build-host-target.js";
import { type Closure, parseClosure } from "./closure.js";
import { onBuildHostScript } from "./scripts.js";

/** Two systems, as store paths: the one that is asked about and the one that it is compared with. */
export interface ComparedSystems {
  readonly toplevel: string;
  /** The empty string for none. */
  readonly old: string;
}

/** The closure of a toplevel in the store of a build host, or `undefined` when the build host can't tell. */
export async function closureOn(
  buildHost: NamedBuildHost,
  { toplevel, old }: ComparedSystems,
): Promise<Closure | undefined> {
  const script = onBuildHostScript("closure.sh");
  const target = buildHostTarget(buildHost);
  if (!target) {
    const { exitCode, stdout } = await runProcess("sh", ["-c", script, "sh", toplevel, old]);
    return exitCode === 0 ? parseClosure(stdout) : undefined;
  }
  try {
    return await withBuildHost(target, async (session) => {
      const command = ["sh", "-s", "--", toplevel, old];
      const run = { input: script, timeoutSeconds: 120 };
      const { exitCode, stdout } = await remote(session, target, command, run);
      return exitCode === 0 ? parseClosure(stdout) : undefined;
    });
  } catch (error) {
    if (error instanceof SshError) return undefined;
    throw error;
  }
}
