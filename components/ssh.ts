import { existsSync } from "node:fs";
import type { Server } from "node:net";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { serveAgent } from "./ssh-agent.js";
import { fingerprint } from "./public-key.js";

/** Where and as whom to log in, and which host key to accept. */
export interface Target {
  readonly name: string;
  readonly address: string;
  readonly user?: string | undefined;
  readonly port?: number | undefined;
  /** The pinned host key, one OpenSSH line; without it the user's known_hosts decides. */
  readonly hostKey?: string | undefined;
}

/** Why ssh itself failed, apart from what the command on the host said. */
export class SshError extends Error {
  override name = "SshError";
  constructor(
    readonly reason: "unreachable" | "host key" | "refused login" | "lost",
    message: string,
  ) {
    super(message);
  }
}

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

/** `user@address`, or the address alone. */
export function destination(target: Target): string {
  return target.user ? `${target.user}@${target.address}` : target.address;
}

export interface RemoteRun {
  readonly input?: string;
  readonly timeoutSeconds: number;
  /** Through the shared connection of `connect`, or a fresh one. */
  readonly shared?: boolean;
  /** The session whose agent the host may use while the command runs. */
  readonly forward?: SshSession;
  readonly onLine?: (line: string) => void;
}

export interface RemoteResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command on the host and gives back how it ended.
 * @throws SshError when ssh failed (its exit code 255), with what a person can do.
 */
export async function remote(
  session: SshSession,
  target: Target,
  command: string[],
  run: RemoteRun,
): Promise<RemoteResult> {
  const mux = run.shared ? ["-o", `ControlPath=${session.controlPath(target)}`] : ["-o", "ControlPath=none"];
  const argv = [
    ...session.options(target),
    ...mux,
    ...forwarding(run.forward),
    destination(target),
    "--",
    quote(command),
  ];
  const child = execa("ssh", argv, {
    input: run.input ?? "",
    reject: false,
    timeout: run.timeoutSeconds * 1000,
    forceKillAfterDelay: 2000,
    env: { LC_ALL: "C", ...forwardingEnvironment(run.forward) },
  });
  if (run.onLine) void readLines(child.iterable({ from: "stderr" }), run.onLine);
  const result = await child;
  if (result.timedOut)
    throw new SshError("lost", `${target.name} gave no answer within ${run.timeoutSeconds} s`);
  if (result.exitCode === undefined || result.exitCode === 255)
    throw sshError(target, result.stderr || result.message || "");
  return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr };
}

function forwarding(session: SshSession | undefined): string[] {
  if (!session) return [];
  return session.agentSocket ? ["-o", `ForwardAgent=${session.agentSocket}`] : ["-A"];
}

/** OpenSSH forwards no agent, whichever it is told, unless SSH_AUTH_SOCK leads to one (ssh.c, check_agent_present). */
function forwardingEnvironment(session: SshSession | undefined): Record<string, string> {
  const own = process.env["SSH_AUTH_SOCK"];
  return session?.agentSocket && !(own && existsSync(own)) ? { SSH_AUTH_SOCK: session.agentSocket } : {};
}

async function readLines(lines: AsyncIterable<unknown>, onLine: (line: string) => void): Promise<void> {
  try {
    for await (const line of lines) onLine(String(line));
  } catch {
    // The child's own failure is reported by `remote`; its stream ends with it.
  }
}

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

/** What OpenSSH's words mean, in one sentence that says what to do. */
export function sshError(target: Target, stderr: string): SshError {
  const words = stderr
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  if (
    /HOST IDENTIFICATION HAS CHANGED|Host key verification failed|no matching host key type/i.test(stderr)
  ) {
    const offered = /sent by the remote host is\s+(SHA256:\S+?)\.?\s/.exec(stderr)?.[1];
    const expected = target.hostKey ? fingerprint(target.hostKey) : "what your known_hosts says";
    return new SshError(
      "host key",
      `${target.name} (${target.address}) shows another host key, so nothing was sent to it: expected ${expected}, ` +
        `got ${offered ?? "a key of another kind"}. If the Pi was reflashed on purpose, flash it with this stack's bundle ` +
        `or set hosts.${target.name}.hostKey to the new key; if not, somebody may be in between.`,
    );
  }
  if (/Permission denied|Too many authentication failures/i.test(stderr)) {
    return new SshError(
      "refused login",
      `${target.name} (${target.address}) does not let ${target.user ?? "your user"} in with the fleet's deploy key or your own keys: ` +
        `add the stack's deployPublicKey to its authorized keys, or load your key into your ssh agent.`,
    );
  }
  const reason =
    words.findLast((line) => /timed out|refused|resolve|route|unreachable|closed|reset/i.test(line)) ??
    words.at(-1) ??
    "";
  return new SshError(
    "unreachable",
    `${target.name} (${target.address}) can't be reached: ${reason || "ssh ended without a word"}`,
  );
}

/** One shell word each, for the one string that ssh passes on. */
export function quote(words: readonly string[]): string {
  return words
    .map((word) => (/^[A-Za-z0-9_/.:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(" ");
}
