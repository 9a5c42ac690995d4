import { createServer, type Server, type Socket } from "node:net";
import ssh2, { type ParsedKey } from "ssh2";

// Message numbers of the agent protocol, draft-ietf-sshm-ssh-agent.
const failure = 5;
const requestIdentities = 11;
const identitiesAnswer = 12;
const signRequest = 13;
const signResponse = 14;

/**
 * Serves one private key on a socket, as ssh-agent(1) does, from this process's memory. It lists the key and signs with
 * it, and refuses anything else.
 *
 * The AgentProtocol of ssh2 would not do: it loses its place in the stream after a request that it does not know. The
 * first request of OpenSSH over a forwarded agent, session-bind, is such a request.
 * @param privateKey in OpenSSH format
 */
export async function serveAgent(socket: string, privateKey: string): Promise<Server> {
  const parsed: ParsedKey | ParsedKey[] | Error = ssh2.utils.parseKey(privateKey);
  if (parsed instanceof Error)
    throw new Error("the deploy key in the stack's state is not an OpenSSH private key", { cause: parsed });
  const [key] = [parsed].flat();
  if (!key) throw new Error("the deploy key in the stack's state is empty");
  const server = createServer((stream) => answerEach(stream, key));
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(socket, resolve));
  server.unref();
  return server;
}

function answerEach(stream: Socket, key: ParsedKey): void {
  let pending = Buffer.alloc(0);
  stream.on("error", () => stream.destroy());
  stream.on("data", (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 4 && pending.length >= 4 + pending.readUInt32BE(0)) {
      const end = 4 + pending.readUInt32BE(0);
      stream.write(text(answer(pending.subarray(4, end), key)));
      pending = pending.subarray(end);
    }
  });
}

function answer(message: Buffer, key: ParsedKey): Buffer {
  const blob = key.getPublicSSH();
  if (message[0] === requestIdentities) {
    return Buffer.concat([
      Buffer.from([identitiesAnswer]),
      number(1),
      text(blob),
      text(Buffer.from("pi-fleet")),
    ]);
  }
  if (message[0] === signRequest) {
    const [asked, rest] = take(message.subarray(1));
    const [data] = take(rest);
    const signature = asked.equals(blob) ? key.sign(data) : undefined;
    if (signature && !(signature instanceof Error)) {
      return Buffer.concat([
        Buffer.from([signResponse]),
        text(Buffer.concat([text(Buffer.from(key.type)), text(signature)])),
      ]);
    }
  }
  return Buffer.from([failure]);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function text(bytes: Buffer): Buffer {
  return Buffer.concat([number(bytes.length), bytes]);
}

function take(bytes: Buffer): [Buffer, Buffer] {
  const length = bytes.length >= 4 ? bytes.readUInt32BE(0) : 0;
  return [bytes.subarray(4, 4 + length), bytes.subarray(4 + length)];
}
