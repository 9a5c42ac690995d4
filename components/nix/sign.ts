import { execa } from "execa";
import { buildHostTarget } from "./build-host-target.js";
import { nixFeatures } from "./nix.js";
import { nixError } from "./nix-error.js";
import { type NamedBuildHost } from "../protocol/build-host.js";
import { PhaseError } from "../protocol/phase-error.js";
import { SshSession } from "../ssh/session.js";
import { destination } from "../ssh/target.js";

/**
 * Signs a closure in the store where it was built. The signatures are made here, so a build host never sees the key, and
 * it goes to Nix by a pipe: what Node gives a child as stdin is a socket, which can't be opened by its name.
 * @throws PhaseError with Nix's reason
 */
export async function sign(
  buildHost: NamedBuildHost,
  toplevel: string,
  secretKey: string,
  timeoutSeconds: number,
): Promise<void> {
  await SshSession.with(undefined, 15, async (session) => {
    const target = buildHostTarget(buildHost);
    if (target) await session.trust(target);
    const store = target ? ["--store", `ssh-ng://${destination(target)}`] : [];
    const nix = ["nix", ...nixFeatures, "store", "sign", "--recursive", "--key-file", "/dev/stdin"];
    const result = await execa("sh", ["-c", 'cat | "$@"', "sh", ...nix, ...store, toplevel], {
      input: secretKey,
      env: target ? { NIX_SSHOPTS: session.options(target).join(" ") } : {},
      reject: false,
      timeout: timeoutSeconds * 1000,
      forceKillAfterDelay: 5000,
    });
    if (result.exitCode !== 0)
      throw new PhaseError("build", `the closure could not be signed:\n${nixError(result.stderr)}`);
  });
}
