import { type NamedBuildHost } from "../protocol/build-host.js";
import { PhaseError } from "../protocol/phase-error.js";
import { runProcess } from "../shared/run-process.js";
import { withBuildHost } from "./with-build-host.js";
import { buildHostTarget } from "./build-host-target.js";
import { nixFeatures } from "./nix.js";
import { nixError } from "./nix-error.js";
import { noisyShell } from "./noisy-shell.js";
import { storeUrl } from "./store-url.js";

export interface SignArgs {
  readonly toplevel: string;
  /** In Nix's format, `NAME:BASE64`. */
  readonly secretKey: string;
  readonly timeoutSeconds: number;
}

/**
 * Signs a closure in the store where it was built. Nix makes the signatures on this machine, so a build host never sees
 * the key.
 * @throws PhaseError with Nix's reason, or SshError
 */
export async function sign(buildHost: NamedBuildHost, args: SignArgs): Promise<void> {
  const target = buildHostTarget(buildHost);
  if (!target) return signIn([], {}, args, () => "");
  await withBuildHost(target, (session) => {
    const env = { NIX_SSHOPTS: session.nixOptions(target) };
    return signIn(["--store", storeUrl(target)], env, args, (words) => noisyShell(target, words));
  });
}

async function signIn(
  store: readonly string[],
  env: Readonly<Record<string, string>>,
  { toplevel, secretKey, timeoutSeconds }: SignArgs,
  advice: (stderr: string) => string,
): Promise<void> {
  const nix = ["nix", ...nixFeatures, "store", "sign", "--recursive", "--key-file", "/dev/stdin"];
  // The key goes to Nix by the pipe that `cat` makes. What Node gives a child as stdin is a socket, which can't be opened
  // by its name /dev/stdin.
  const argv = ["-c", 'cat | "$@"', "sh", ...nix, ...store, toplevel];
  const { exitCode, stderr } = await runProcess("sh", argv, { input: secretKey, env, timeoutSeconds });
  if (exitCode === 0) return;
  throw new PhaseError("build", `${advice(stderr)}the closure could not be signed:\n${nixError(stderr)}`);
}
