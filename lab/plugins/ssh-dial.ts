import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { Client, type ConnectConfig, utils } from "ssh2";
import { type CallContext, ProviderError } from "./model.js";

/** The real schema's connection, with its defaults filled in. */
export interface Connection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string;
  readonly privateKey?: string;
  readonly privateKeyPassword?: string;
  readonly agentSocketPath?: string;
  readonly dialErrorLimit: number;
  readonly perDialTimeout: number;
  readonly hostKey?: string;
  readonly proxy?: object;
}

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 5_000;
const BACKOFF = 1.5;

/** Connects and logs in, trying again after a failure as often as `dialErrorLimit` allows (-1: for ever). */
export async function dial(connection: Connection, context: CallContext): Promise<Client> {
  if (connection.proxy !== undefined) {
    throw new ProviderError("the stand-in of the command provider does not model connection.proxy");
  }
  const config = configOf(connection);
  const { dialErrorLimit: limit } = connection;
  let wait = FIRST_DELAY_MS;
  for (let failures = 1; ; failures++) {
    try {
      return await dialOnce(connection, config);
    } catch (error) {
      const { message } = error as Error;
      if (limit > -1 && failures > limit) {
        throw new ProviderError(`after ${failures - 1} failed attempts: ${message}`);
      }
      context.status(`Dial ${failures}/${limit === -1 ? "inf" : limit} failed: retrying`);
    }
    await delay(wait, undefined, { signal: context.signal }).catch(() => {
      throw new ProviderError("context canceled");
    });
    wait = Math.min(wait * BACKOFF, LONGEST_DELAY_MS);
  }
}

function configOf(connection: Connection): ConnectConfig {
  const { user, password, privateKey, privateKeyPassword, hostKey } = connection;
  if (privateKey !== undefined) checkPrivateKey(privateKey, privateKeyPassword);
  const pinned = hostKey === undefined ? undefined : parseHostKey(hostKey);
  return {
    username: user,
    password,
    privateKey,
    passphrase: privateKeyPassword,
    tryKeyboard: password !== undefined,
    agent: connection.agentSocketPath ?? process.env.SSH_AUTH_SOCK,
    // Without a pinned key any is accepted, as the real plugin does.
    hostVerifier: (key: Buffer) => pinned === undefined || pinned.blob.equals(key),
    ...(pinned && { algorithms: { serverHostKey: [pinned.type as "ssh-ed25519"] } }),
    // Only connecting is limited in time, not logging in.
    readyTimeout: 0,
  };
}

function checkPrivateKey(privateKey: string, passphrase: string | undefined): void {
  const parsed = utils.parseKey(privateKey, passphrase);
  if (!(parsed instanceof Error)) return;
  const locked = /no passphrase given/i.test(parsed.message);
  throw new ProviderError(locked ? "ssh: this private key is passphrase protected" : "ssh: no key found");
}

function parseHostKey(hostKey: string): { type: string; blob: Buffer } {
  const [type, base64] = hostKey.trim().split(/\s+/);
  if (type === undefined || base64 === undefined || utils.parseKey(hostKey) instanceof Error) {
    throw new ProviderError("failed to parse host key: ssh: no key found");
  }
  return { type, blob: Buffer.from(base64, "base64") };
}

async function dialOnce(connection: Connection, config: ConnectConfig): Promise<Client> {
  const sock = await openSocket(connection);
  const client = new Client();
  client.on("keyboard-interactive", (_name, _instructions, _lang, prompts, finish) =>
    finish(prompts.map(() => connection.password ?? "")),
  );
  try {
    client.connect({ ...config, sock });
    await once(client, "ready");
  } catch (error) {
    sock.destroy();
    const reason = handshakeReason(error as Error & { level?: string }, config);
    throw new Error(`ssh: handshake failed: ${reason}`, { cause: error });
  }
  // A connection that breaks later ends the command's channel, which says so itself.
  client.on("error", () => undefined);
  return client;
}

async function openSocket({ host, port, perDialTimeout }: Connection): Promise<Socket> {
  const sock = connect({ host, port });
  const signal = perDialTimeout > 0 ? AbortSignal.timeout(perDialTimeout * 1000) : undefined;
  try {
    await once(sock, "connect", { signal });
    return sock;
  } catch (error) {
    sock.destroy();
    throw new Error(dialReason(error as NodeJS.ErrnoException, host, port), { cause: error });
  }
}

function dialReason({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return `dial tcp: lookup ${host}: no such host`;
  const reasons: Record<string, string> = {
    ECONNREFUSED: "connect: connection refused",
    EHOSTUNREACH: "connect: no route to host",
    ENETUNREACH: "connect: network is unreachable",
    ETIMEDOUT: "connect: connection timed out",
    ABORT_ERR: "i/o timeout",
  };
  return `dial tcp ${host}:${port}: ${reasons[code ?? ""] ?? message}`;
}

function handshakeReason({ message, level }: Error & { level?: string }, config: ConnectConfig): string {
  if (/verification failed/i.test(message)) return "ssh: host key mismatch";
  if (/no matching host key/i.test(message)) return "ssh: no common algorithm for host key";
  if (level !== "client-authentication") return message;
  const tried = ["none", config.privateKey && "publickey", config.password && "password"].filter(Boolean);
  return `ssh: unable to authenticate, attempted methods [${tried.join(" ")}], no supported methods remain`;
}
