import { createHash, createPrivateKey, sign } from "node:crypto";

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
  const [seed, point] = [both.subarray(0, 32), both.subarray(32)];
  const key = createPrivateKey({
    format: "jwk",
    key: { kty: "OKP", crv: "Ed25519", d: seed.toString("base64url"), x: point.toString("base64url") },
  });
  const digest = createHash("sha512").update(`${name}\n${toplevel}\n${challenge}\n`).digest();
  const magic = Buffer.from("SSHSIG");
  const purpose = [field(namespace), field(""), field("sha512")];
  const signature = sign(null, Buffer.concat([magic, ...purpose, field(digest)]), key);
  const publicKey = Buffer.concat([field("ssh-ed25519"), field(point)]);
  const blob = Buffer.concat([field("ssh-ed25519"), field(signature)]);
  const version = Buffer.from([0, 0, 0, 1]);
  return Buffer.concat([magic, version, field(publicKey), ...purpose, field(blob)]).toString("base64");
}

/** A `string` of the ssh protocol: RFC 4251, section 5. */
function field(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
