import type { Server } from "node:net";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serveAgent } from "./key-agent.js";
import { sshOptions } from "./ssh-options.js";
import { type Target } from "./target.js";

export interface SessionOptions {
  /** The host that is logged in to; its pinned key is written down for ssh. */
  readonly target: Target;
  /** In OpenSSH format, offered by an agent. @default the user's own keys and agent */
  readonly privateKey?: string | undefined;
  /** How long a connection may take until the host answers. */
  readonly connectSeconds: number;
}

/**
 * A folder that lives as long as one piece of work. It has the known_hosts file and, with a key, the socket of an ssh
 * agent that offers just this key. The agent is this process, so the key is never in a file, in argv or in another
 * process's memory.
 */
export class SshSession {
  private constructor(
    readonly dir: string,
    private readonly hasAgent: boolean,
    readonly connectSeconds: number,
  ) {}

  /** Makes a session for `use` and removes its folder when that has ended. */
  static async with<T>(
    { target, privateKey, connectSeconds }: SessionOptions,
    use: (session: SshSession) => Promise<T>,
  ): Promise<T> {
    const dir = await mkdtemp(join(tmpdir(), "pi-fleet-"));
    let agent: Server | undefined;
    try {
      agent = privateKey ? await serveAgent(join(dir, "agent"), privateKey) : undefined;
      const session = new SshSession(dir, agent !== undefined, connectSeconds);
      if (target.hostKey) await writeFile(session.knownHosts(target), `${target.name} ${target.hostKey}\n`);
      return await use(session);
    } finally {
      agent?.close();
      await rm(dir, { recursive: true, force: true });
    }
  }

  get agentSocket(): string | undefined {
    return this.hasAgent ? join(this.dir, "agent") : undefined;
  }

  /** The ssh options for `target`, without the destination. ssh_config(5). */
  options(target: Target): string[] {
    const pinned = [
      `UserKnownHostsFile=${this.knownHosts(target)}`,
      "GlobalKnownHostsFile=/dev/null",
      `HostKeyAlias=${target.name}`,
      "UpdateHostKeys=no",
    ];
    return [
      ...sshOptions([
        "BatchMode=yes",
        "StrictHostKeyChecking=yes",
        `ConnectTimeout=${this.connectSeconds}`,
        "ServerAliveInterval=5",
        "ServerAliveCountMax=3",
        ...(target.hostKey ? pinned : []),
        ...(this.agentSocket ? [`IdentityAgent=${this.agentSocket}`] : []),
      ]),
      ...(target.port ? ["-p", String(target.port)] : []),
    ];
  }

  /** The socket of the connection that `connect` opens. */
  controlPath(target: Target): string {
    return join(this.dir, `${target.name}.ctl`);
  }

  private knownHosts(target: Target): string {
    return join(this.dir, `${target.name}.known`);
  }
}
