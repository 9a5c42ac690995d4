import { execa } from "execa";
import { type SshSession } from "./session.js";
import { sshError } from "./ssh-error.js";
import { type Target, destination } from "./target.js";

/**
 * Opens the connection that `shared` runs go through. It ends with this process: its far end is a `cat` on our pipe.
 * @throws SshError
 */
export async function connect(session: SshSession, target: Target): Promise<{ close: () => Promise<void> }> {
  await session.trust(target);
  const master = execa(
    "ssh",
    [
      ...session.options(target),
      ...["-o", "ControlMaster=yes", "-o", `ControlPath=${session.controlPath(target)}`],
      destination(target),
      "--",
      "echo connected; exec cat",
    ],
    {
      stdin: "pipe",
      reject: false,
      buffer: { stdout: false },
      forceKillAfterDelay: 2000,
      env: { LC_ALL: "C" },
    },
  );
  const greeting = new Promise<boolean>((resolve) => {
    let seen = "";
    master.stdout.on("data", (chunk: Buffer) => {
      seen += chunk.toString();
      if (seen.includes("connected\n")) resolve(true);
    });
    void master.then(() => resolve(false));
  });
  if (!(await greeting)) throw sshError(target, (await master).stderr || "the connection ended at once");
  return {
    close: async () => {
      master.stdin.end();
      await master;
    },
  };
}
