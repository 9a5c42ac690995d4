import { sign } from "node:crypto";
import { createServer, type Server, type Socket } from "node:net";
import { keyType, readPrivateKey, type PrivateKey } from "./private-key.js";
import { number, string, takeString } from "./ssh-wire.js";

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
 * The AgentProtocol of the library ssh2 would not do: it loses its place in the stream after a request that it does not
 * know. The first request of OpenSSH over a forwarded agent, session-bind, is such a request.
 * @param privateKey in OpenSSH format
 */
export async function serveAgent(socket: string, privateKey: string): Promise<Server> {
  const key = deployKey(privateKey);
  const server = createServer((stream) => answerEach(stream, key));
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(socket, resolve));
  server.unref();
  return server;
}

function deployKey(text: string): PrivateKey {
  try {
    return readPrivateKey(text);
  } catch (cause) {
    throw new Error("the deploy key in the stack's state is not an OpenSSH private key", { cause });
  }
}

function answerEach(stream: Socket, key: PrivateKey): void {
  let pending = Buffer.alloc(0);
  stream.on("error", () => stream.destroy());
  stream.on("data", (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 4 && pending.length >= 4 + pending.readUInt32BE(0)) {
      const end = 4 + pending.readUInt32BE(0);
      stream.write(string(answer(pending.subarray(4, end), key)));
      pending = pending.subarray(end);
    }
  });
}

function answer(message: Buffer, { publicBlob, key }: PrivateKey): Buffer {
  if (message[0] === requestIdentities) {
    return Buffer.concat([
      Buffer.from([identitiesAnswer]),
      number(1),
      string(publicBlob),
      string(Buffer.from("pi-fleet")),
    ]);
  }
  if (message[0] === signRequest) {
    const [asked, rest] = takeString(message.subarray(1));
    const [data] = takeString(rest);
    if (asked.equals(publicBlob)) {
      const signature = Buffer.concat([string(Buffer.from(keyType)), string(sign(null, data, key))]);
      return Buffer.concat([Buffer.from([signResponse]), string(signature)]);
    }
  }
  return Buffer.from([failure]);
}
