import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { withTemporaryFolder } from "../shared/temporary-folder.js";
import { serveAgent } from "./key-agent.js";
import { agentOptions, commonOptions, notForNix, pinnedOptions, sshOptions } from "./ssh-options.js";
import { type Target } from "./target.js";

export interface SessionOptions {
  /** The host that is logged in to. */
  readonly target: Target;
  /** In OpenSSH format, offered by an agent. @default the user's own keys and agent */
  readonly privateKey?: string | undefined;
  /** How long a connection may take until the host answers. */
  readonly connectSeconds: number;
}

/** With the session's own key, or as the person's ssh logs in by itself. */
export type Login = "session's key" | "person's own";

/**
 * A folder that lives as long as one piece of work. It has the known_hosts file and, with a key, the socket of an ssh
 * agent that offers just this key. The agent is this process, so the key is never in a file, in argv or in another
 * process's memory.
 */
export class SshSession {
  /** Those that were connected to, by their order. It makes for short paths. */
  private readonly targets: string[] = [];
  /** The last login that a host took, to be tried first. */
  private login: Login;

  private constructor(
    private readonly dir: string,
    private readonly hasAgent: boolean,
    readonly connectSeconds: number,
  ) {
    this.login = hasAgent ? "session's key" : "person's own";
  }

  /** Makes a session for `use` and removes its folder when that has ended. */
  static with<T>(
    { target, privateKey, connectSeconds }: SessionOptions,
    use: (session: SshSession) => Promise<T>,
  ): Promise<T> {
    return withTemporaryFolder("pi-fleet-", async (dir) => {
      const agent = privateKey ? await serveAgent(join(dir, "agent"), privateKey) : undefined;
      try {
        const session = new SshSession(dir, agent !== undefined, connectSeconds);
        session.fileOf(target);
        return await use(session);
      } finally {
        agent?.close();
      }
    });
  }

  get agentSocket(): string | undefined {
    return this.hasAgent ? join(this.dir, "agent") : undefined;
  }

  /**
   * The logins to try, one after the other. A Pi that is to be adopted does not know the deploy key yet, and its owner's key
   * may be in an agent that only the person's own config names.
   */
  get logins(): readonly Login[] {
    if (!this.hasAgent) return ["person's own"];
    return this.login === "session's key"
      ? ["session's key", "person's own"]
      : ["person's own", "session's key"];
  }

  /** Has this login be tried first from now on. */
  prefer(login: Login): void {
    this.login = login;
  }

  /** The arguments of ssh for one of the logins. */
  loginOptions(login: Login): string[] {
    return login === "session's key" && this.agentSocket ? agentOptions(this.agentSocket) : [];
  }

  /** The arguments of ssh for `target`, without the login, the connection that is shared and the destination. */
  options(target: Target): string[] {
    return [...this.commonOptions(target), ...notForNix];
  }

  /**
   * NIX_SSHOPTS for `target`. Older Nix splits it at white space, newer as a shell does: no option has a character that would
   * need a quote.
   * @param shared whether it goes through the connection that `connect` has opened
   */
  nixOptions(target: Target, { shared = false }: { shared?: boolean } = {}): string {
    return [
      ...this.commonOptions(target),
      ...this.loginOptions(this.login),
      ...sshOptions([`ControlPath=${shared ? this.controlPath(target) : "none"}`]),
    ].join(" ");
  }

  /** The socket of the connection that `connect` opens. */
  controlPath(target: Target): string {
    return join(this.dir, `${this.fileOf(target)}.ctl`);
  }

  private commonOptions(target: Target): string[] {
    const known = join(this.dir, `${this.fileOf(target)}.known`);
    return [
      ...commonOptions(this.connectSeconds),
      ...(target.hostKey ? pinnedOptions(target, [known]) : []),
      ...(target.port ? ["-p", String(target.port)] : []),
    ];
  }

  /** How the files of a target begin. Its pinned key is written down when it is first asked for. */
  private fileOf(target: Target): string {
    const key = JSON.stringify([target.name, target.address, target.user, target.port, target.hostKey]);
    const index = this.targets.indexOf(key);
    if (index >= 0) return String(index);
    const file = String(this.targets.push(key) - 1);
    if (target.hostKey) writeFileSync(join(this.dir, `${file}.known`), `${target.name} ${target.hostKey}\n`);
    return file;
  }
}
