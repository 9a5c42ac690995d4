import { createHash, sign } from "node:crypto";
import { ed25519Key, keyType } from "../ssh/private-key.js";
import { string } from "../ssh/ssh-wire.js";

/** What a restricted Pi is to activate, and the challenge that it gave for that. */
export interface SignedActivation {
  /** The Pi's name in the fleet. */
  readonly name: string;
  readonly toplevel: string;
  readonly challenge: string;
}

const namespace = "pi-fleet-activation";

/**
 * The signing key's signature of one activation, which root.sh checks by `ssh-keygen -Y verify`: OpenSSH, PROTOCOL.sshsig.
 * @param secretKey in Nix's format, `NAME:BASE64` of seed and public key
 * @returns the signature without its first and last line
 */
export function signActivation(secretKey: string, { name, toplevel, challenge }: SignedActivation): string {
  const both = Buffer.from(secretKey.slice(secretKey.indexOf(":") + 1), "base64");
  const key = ed25519Key(both);
  const digest = createHash("sha512").update(`${name}\n${toplevel}\n${challenge}\n`).digest();
  const magic = Buffer.from("SSHSIG");
  const purpose = [field(namespace), field(""), field("sha512")];
  const signature = sign(null, Buffer.concat([magic, ...purpose, field(digest)]), key);
  const publicKey = Buffer.concat([field(keyType), field(both.subarray(32))]);
  const blob = Buffer.concat([field(keyType), field(signature)]);
  const version = Buffer.from([0, 0, 0, 1]);
  return Buffer.concat([magic, version, field(publicKey), ...purpose, field(blob)]).toString("base64");
}

function field(content: string | Buffer): Buffer {
  return string(Buffer.from(content));
}
