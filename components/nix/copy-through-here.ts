import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { progress } from "../shared/progress.js";
import { withTemporaryFolder } from "../shared/temporary-folder.js";
import { connect } from "../ssh/connection.js";
import type { SshSession } from "../ssh/session.js";
import { commonOptions, sshOptions } from "../ssh/ssh-options.js";
import type { Target } from "../ssh/target.js";
import { nix, type NixResult } from "./nix.js";
import { storeUrl } from "./store-url.js";
import { withBuildHost } from "./with-build-host.js";

/**
 * Copies from a build host to a Pi through this machine, which can log in to both. Nothing stays in this machine's store,
 * so its Nix need not trust anybody.
 *
 * NIX_SSHOPTS are the same for both hosts, and how they are logged in to is not. So both go through connections that are
 * open already, which ssh finds by the address (%n). Another connection can't be made, since no host key is known.
 * @param session with the Pi, over which `connect` has opened the shared connection
 * @param to the arguments of `nix copy` from `--to` on, and those before it
 */
export function copyThroughHere(
  from: Target,
  session: SshSession,
  target: Target,
  to: readonly string[],
  timeoutSeconds: number,
): Promise<NixResult> {
  return withBuildHost(from, async (buildHostSession) => {
    const connection = await connect(buildHostSession, from);
    try {
      return await withTemporaryFolder("pi-fleet-", async (dir) => {
        await symlink(session.controlPath(target), join(dir, target.address));
        await symlink(buildHostSession.controlPath(from), join(dir, from.address));
        const options = [
          ...commonOptions(session.connectSeconds),
          ...sshOptions([
            "UserKnownHostsFile=/dev/null",
            "GlobalKnownHostsFile=/dev/null",
            "KnownHostsCommand=none",
            `ControlPath=${join(dir, "%n")}`,
          ]),
        ];
        return await nix(["copy", "--from", storeUrl(from), ...to], {
          env: { NIX_SSHOPTS: options.join(" ") },
          timeoutSeconds,
          onLine: progress,
        });
      });
    } finally {
      await connection.close();
    }
  });
}
