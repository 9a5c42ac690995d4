import { deepEqual, equal, rejects } from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createConnection, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2, { type ParsedKey } from "ssh2";
import { serveAgent } from "../../../components/ssh/key-agent.js";
import { newSshKeys } from "../../ssh-keys.js";

const pair = newSshKeys();
const key = ssh2.utils.parseKey(pair.private) as ParsedKey;
const other = ssh2.utils.parseKey(newSshKeys().public) as ParsedKey;

function packed(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** SSH_AGENTC_SIGN_REQUEST: the key, the data, no flags. */
function signRequest(blob: Buffer, data: Buffer): Buffer {
  return packed(Buffer.concat([Buffer.from([13]), packed(blob), packed(data), Buffer.alloc(4)]));
}

describe("the agent", () => {
  let dir: string;
  let server: Server;
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), "agent-test-"));
    server = await serveAgent(join(dir, "agent"), pair.private);
  });
  afterEach(() => {
    server.close();
    rmSync(dir, { recursive: true });
  });

  /** Sends bytes in these pieces and reads whole answers, without their lengths. */
  async function exchange(pieces: readonly Buffer[], answers: number): Promise<Buffer[]> {
    const stream = createConnection(join(dir, "agent"));
    await once(stream, "connect");
    for (const piece of pieces) stream.write(piece);
    let bytes = Buffer.alloc(0);
    const found: Buffer[] = [];
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      bytes = Buffer.concat([bytes, chunk]);
      while (bytes.length >= 4 && bytes.length >= 4 + bytes.readUInt32BE(0)) {
        const end = 4 + bytes.readUInt32BE(0);
        found.push(bytes.subarray(4, end));
        bytes = bytes.subarray(end);
      }
      if (found.length >= answers) break;
    }
    return found;
  }

  it("lists its key, also when the request comes in pieces", async () => {
    const [answer] = await exchange([Buffer.from([0, 0, 0]), Buffer.from([1, 11])], 1);
    const blob = key.getPublicSSH();
    deepEqual(
      answer,
      Buffer.concat([Buffer.from([12, 0, 0, 0, 1]), packed(blob), packed(Buffer.from("pi-fleet"))]),
    );
  });

  it("signs with it", async () => {
    const data = Buffer.from("data");
    const [answer] = await exchange([signRequest(key.getPublicSSH(), data)], 1);
    equal(answer?.[0], 14);
    // string of: string of the type, string of the signature
    const signature = answer?.subarray(5 + 4 + key.type.length + 4) ?? Buffer.alloc(0);
    equal(key.verify(data, signature), true);
  });

  it("refuses what it does not know, another key, and goes on", async () => {
    // 27 is SSH_AGENTC_EXTENSION, with which OpenSSH begins a forwarded session.
    const extension = packed(
      Buffer.concat([Buffer.from([27]), packed(Buffer.from("session-bind@openssh.com"))]),
    );
    const list = packed(Buffer.from([11]));
    const answers = await exchange([extension, signRequest(other.getPublicSSH(), Buffer.from("x")), list], 3);
    deepEqual(
      answers.map(([type]) => type),
      [5, 5, 12],
    );
  });

  it("takes only an OpenSSH private key, and does not repeat what it got", async () => {
    await rejects(serveAgent(join(dir, "second"), "SECRET"), {
      message: "the deploy key in the stack's state is not an OpenSSH private key",
    });
  });
});
