import { startProcess } from "../shared/run-process.js";
import { type SshSession } from "./session.js";
import { sshError } from "./ssh-error.js";
import { sshOptions } from "./ssh-options.js";
import { type Target, destination } from "./target.js";

/**
 * Opens the connection that `shared` runs go through: the master of ssh_config(5), ControlMaster. It ends with this
 * process, because its command is a `cat` that reads our pipe.
 * @throws SshError
 */
export async function connect(session: SshSession, target: Target): Promise<{ close: () => Promise<void> }> {
  const argv = [
    ...session.options(target),
    ...sshOptions(["ControlMaster=yes", `ControlPath=${session.controlPath(target)}`]),
    destination(target),
    "--",
    "echo connected; exec cat",
  ];
  let connected = () => {};
  const greeting = new Promise<void>((resolve) => (connected = resolve));
  const master = startProcess("ssh", argv, {
    killAfterSeconds: 2,
    onOutputLine: (line) => {
      if (line.endsWith("connected")) connected();
    },
  });
  const ended = await Promise.race([greeting, master.ended]);
  if (ended) throw sshError(target, ended.stderr || ended.reason || "the connection ended at once");
  return {
    close: async () => {
      master.closeInput();
      await master.ended;
    },
  };
}
