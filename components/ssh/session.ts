import type { Server } from "node:net";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serveAgent } from "./key-agent.js";
import { type Target } from "./target.js";

/**
 * A folder that lives as long as one piece of work: known_hosts and, with a key, an ssh agent that offers just this
 * key. The agent is this process, so the key is never in a file, in argv or in another process's memory.
 */
export class SshSession {
  private constructor(
    readonly dir: string,
    private readonly agent: Server | undefined,
    private readonly connectTimeout: number,
  ) {}

  /** @param connectTimeout in seconds, for each connection */
  static async with<T>(
    privateKey: string | undefined,
    connectTimeout: number,
    use: (session: SshSession) => Promise<T>,
  ): Promise<T> {
    const dir = await mkdtemp(join(tmpdir(), "pi-fleet-"));
    let agent: Server | undefined;
    try {
      agent = privateKey ? await serveAgent(join(dir, "agent"), privateKey) : undefined;
      return await use(new SshSession(dir, agent, connectTimeout));
    } finally {
      agent?.close();
      await rm(dir, { recursive: true, force: true });
    }
  }

  get agentSocket(): string | undefined {
    return this.agent && join(this.dir, "agent");
  }

  /** Writes the pinned key where `options` points to. Call once per target before the first connection. */
  async trust(target: Target): Promise<void> {
    if (target.hostKey) await writeFile(this.knownHosts(target), `${target.name} ${target.hostKey}\n`);
  }

  /** The ssh options for `target`, without the destination. ssh_config(5). */
  options(target: Target): string[] {
    const pinned = target.hostKey
      ? [
          "-o",
          `UserKnownHostsFile=${this.knownHosts(target)}`,
          "-o",
          "GlobalKnownHostsFile=/dev/null",
        ].concat(["-o", `HostKeyAlias=${target.name}`, "-o", "UpdateHostKeys=no"])
      : [];
    return [
      ...["-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes"],
      ...[
        "-o",
        `ConnectTimeout=${this.connectTimeout}`,
        "-o",
        "ServerAliveInterval=5",
        "-o",
        "ServerAliveCountMax=3",
      ],
      ...pinned,
      ...(this.agentSocket ? ["-o", `IdentityAgent=${this.agentSocket}`] : []),
      ...(target.port ? ["-p", String(target.port)] : []),
    ];
  }

  controlPath(target: Target): string {
    return join(this.dir, `${target.name}.ctl`);
  }

  private knownHosts(target: Target): string {
    return join(this.dir, `${target.name}.known`);
  }
}
