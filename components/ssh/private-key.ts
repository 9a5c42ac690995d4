import { createPrivateKey, type KeyObject } from "node:crypto";
import { takeString } from "./ssh-wire.js";

/** An ed25519 key, as the fleet's deploy key is. */
export interface PrivateKey {
  /** The public half as ssh sends it. */
  readonly publicBlob: Buffer;
  readonly key: KeyObject;
}

export const keyType = "ssh-ed25519";

const magic = Buffer.from("openssh-key-v1\0");

/** An ed25519 key of its two halves: 32 bytes of the private one, then the public one, as OpenSSH and Nix keep them. */
export function ed25519Key(both: Buffer): KeyObject {
  const [d, x] = [both.subarray(0, 32), both.subarray(32)].map((half) => half.toString("base64url"));
  return createPrivateKey({ format: "jwk", key: { kty: "OKP", crv: "Ed25519", d: d!, x: x! } });
}

/**
 * Reads an ed25519 key without a passphrase in OpenSSH's format (PROTOCOL.key of OpenSSH), which Node's crypto does not know.
 * A library for that brings a whole ssh client and server into each step.
 * @throws Error that does not repeat what was read
 */
export function readPrivateKey(text: string): PrivateKey {
  const base64 = /-----BEGIN OPENSSH PRIVATE KEY-----([\sA-Za-z0-9+/=]+)-----END/.exec(text)?.[1];
  const bytes = Buffer.from(base64 ?? "", "base64");
  if (!bytes.subarray(0, magic.length).equals(magic)) throw new Error("it is not in OpenSSH's format");
  const [cipher, afterCipher] = takeString(bytes.subarray(magic.length));
  if (cipher.toString() !== "none") throw new Error("it has a passphrase");
  const [, afterKdf] = takeString(afterCipher);
  const [, counted] = takeString(afterKdf);
  const [publicBlob, afterPublic] = takeString(counted.subarray(4));
  const [secret] = takeString(afterPublic);
  // Two equal check numbers, then the type, the public half, and both halves, of which the private one comes first.
  const [type, afterType] = takeString(secret.subarray(8));
  const [, afterHalf] = takeString(afterType);
  const [both] = takeString(afterHalf);
  if (type.toString() !== keyType || both.length !== 64) throw new Error(`it is no ${keyType} key`);
  return { publicBlob, key: ed25519Key(both) };
}
