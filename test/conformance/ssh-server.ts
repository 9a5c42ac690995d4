import { spawn } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import ssh2, { type Connection, type ServerChannel } from "ssh2";

export interface SshServerOptions {
  /** Names of variables that the server takes, as AcceptEnv does. */
  readonly acceptEnv?: string[];
  readonly password?: string;
  /** Its private host keys. @default one that is made, ed25519 */
  readonly hostKeys?: string[];
}

/** An ssh server in this process that runs commands with /bin/sh on this machine. */
export class SshServer {
  readonly hostKey: string;
  readonly clientKey = ssh2.utils.generateKeyPairSync("ed25519");
  /** How many connections there were. */
  connections = 0;
  /** How clients tried to log in. */
  readonly methods: string[] = [];
  port = 0;
  readonly #server: ssh2.Server;
  readonly #open = new Set<Connection>();

  private constructor(private readonly options: SshServerOptions) {
    const made = ssh2.utils.generateKeyPairSync("ed25519");
    this.hostKey = made.public.trim();
    const hostKeys = options.hostKeys ?? [made.private];
    this.#server = new ssh2.Server({ hostKeys }, (client) => this.#serve(client));
  }

  static async start(options: SshServerOptions = {}): Promise<SshServer> {
    const server = new SshServer(options);
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    server.port = (server.#server.address() as AddressInfo).port;
    return server;
  }

  async stop(): Promise<void> {
    for (const client of this.#open) client.end();
    this.#server.close();
    if (this.#open.size === 0) return;
    await once(this.#server, "close", { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
  }

  #serve(client: Connection): void {
    this.connections++;
    this.#open.add(client);
    client.on("close", () => this.#open.delete(client));
    // A client that does not like the host key hangs up.
    client.on("error", () => undefined);
    client.on("authentication", (context) => {
      this.methods.push(context.method);
      if (context.method === "password" && context.password === this.options.password)
        return context.accept();
      const known = ssh2.utils.parseKey(this.clientKey.public) as ssh2.ParsedKey;
      if (context.method === "publickey" && context.key.data.equals(known.getPublicSSH()))
        return context.accept();
      context.reject(["publickey", "password"]);
    });
    client.on("session", (accept) => {
      const env: Record<string, string> = {};
      const session = accept();
      session.on("env", (acceptEnv, rejectEnv, { key, val }: { key: string; val: string }) => {
        const accepted = this.options.acceptEnv?.includes(key);
        if (accepted) env[key] = val;
        (accepted ? acceptEnv : rejectEnv)?.();
      });
      session.on("exec", (acceptExec, _reject, { command }) => run(command, env, acceptExec()));
    });
  }
}

function run(command: string, env: Record<string, string>, channel: ServerChannel): void {
  const child = spawn("/bin/sh", ["-c", command], { env: { PATH: process.env.PATH, ...env } });
  channel.pipe(child.stdin);
  child.stdin.on("error", () => undefined);
  child.stdout.on("data", (chunk: Buffer) => channel.write(chunk));
  child.stderr.on("data", (chunk: Buffer) => channel.stderr.write(chunk));
  child.on("close", (code) => {
    channel.exit(code ?? 255);
    channel.end();
  });
}
