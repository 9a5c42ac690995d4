import { Activation } from "../activation/activation.js";
import { checkDiskSpace } from "../activation/disk-space.js";
import { build } from "../nix/build.js";
import { copyClosure } from "../nix/copy.js";
import { sign } from "../nix/sign.js";
import type { Access } from "../protocol/access.js";
import { progress } from "../shared/progress.js";
import { commandName } from "./help.js";
import { previewedInputs } from "./previewed-inputs.js";
import { withPi } from "./with-pi.js";

/**
 * Builds and copies what config wants of a Pi now. `dry-activate` tells what that would do to the Pi's units; `test` runs it
 * until the Pi's next restart.
 */
export async function tryOut(access: Access, verb: "dry-activate" | "test", name: string): Promise<void> {
  const inputs = await previewedInputs(name);
  const { drv, toplevel, buildHost, target, timeouts } = inputs;
  progress(`${name}: building on ${buildHost.name}`);
  // A garbage collector's root with another name than that of an `up`, which stays.
  await build(buildHost, { drv, pi: `${name}-by-hand`, timeoutSeconds: timeouts.build });
  await withPi(access, inputs, async (session, reached) => {
    const id = `${toplevel}, tested by hand, ${new Date().toISOString()}`;
    const args = { ...inputs, id, goal: "test" as const, signingKey: access.signingKey };
    const activation = new Activation(session, target, args, reached);
    const bring = {
      checkSpace: () => checkDiskSpace(session, reached, toplevel, buildHost, timeouts.connect),
      copy: async (restricted: boolean) => {
        if (restricted && access.signingKey)
          await sign(buildHost, { toplevel, secretKey: access.signingKey, timeoutSeconds: timeouts.build });
        const limits = { timeoutSeconds: timeouts.copy, restricted };
        await copyClosure(session, reached, { toplevel, buildHost, ...limits });
      },
    };
    if (verb === "dry-activate") {
      for (const line of await activation.dryRun(bring)) console.log(`${name}: ${line}`);
      return;
    }
    const { old } = await activation.run(bring);
    console.log(
      old === toplevel
        ? `${name} runs ${toplevel} already: there is nothing to test.`
        : `${name} runs ${toplevel} until its next restart. To keep it: pulumi up. To end it: ${commandName()} rollback ${name}, or restart it.`,
    );
  });
}
