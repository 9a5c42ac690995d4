import { runProcess } from "../shared/run-process.js";
import type { SshSession } from "./session.js";
import { destination, type Target } from "./target.js";

/** Where ssh connects to for a target, after the person's ssh config. */
export interface Way {
  /** A name or an address; `undefined` when ssh does not take its config. */
  readonly host: string | undefined;
  readonly port: number;
  /** By a jump host or a proxy: this machine's own network says nothing of the target then. */
  readonly isProxied: boolean;
}

/** Asks ssh, which connects to nobody for that: ssh(1), -G. */
export async function wayTo(session: SshSession, target: Target): Promise<Way> {
  const argv = ["-G", ...session.options(target), destination(target)];
  const { stdout } = await runProcess("ssh", argv, { timeoutSeconds: 3 });
  return {
    host: /^hostname (.+)$/m.exec(stdout)?.[1],
    port: Number(/^port (\d+)$/m.exec(stdout)?.[1] ?? target.port ?? 22),
    isProxied: /^proxy(jump|command) (?!none$)/m.test(stdout),
  };
}
