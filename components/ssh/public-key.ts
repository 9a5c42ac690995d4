import { createHash } from "node:crypto";
import { takeString } from "./ssh-wire.js";

const types = [
  "ssh-ed25519",
  "ssh-rsa",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "sk-ssh-ed25519@openssh.com",
  "sk-ecdsa-sha2-nistp256@openssh.com",
];

/**
 * Says what is wrong with one line of an OpenSSH public key file (sshd(8), AUTHORIZED_KEYS FILE FORMAT, without
 * options), or `undefined` when it is a key: a known type, and a base64 body that starts with that same type (RFC 4253, 6.6).
 */
export function publicKeyFault(line: string): string | undefined {
  if (line.includes("PRIVATE KEY"))
    return "this is a private key: give the .pub file's line, and keep the private one to yourself";
  if (/[\r\n]/.test(line.trim())) return "one key a line";
  const [type, body] = line.trim().split(/\s+/);
  if (!type || !types.includes(type)) return `a public key starts with its type, one of ${types.join(", ")}`;
  if (!body || !/^[A-Za-z0-9+/]+={0,2}$/.test(body))
    return "the key's body is not base64: was it cut when copied?";
  const blob = Buffer.from(body, "base64");
  if (blob.length < 8) return "the key's body is too short: was it cut when copied?";
  if (takeString(blob)[0].toString() !== type) return `the key's body is not of the type ${type}`;
  if (type === "ssh-ed25519" && blob.length !== 51)
    return "an ed25519 key's body has 51 bytes: was it cut when copied?";
  return undefined;
}

/**
 * A line of known_hosts or of ssh-keyscan without its first word, the host: `192.168.1.122 ssh-ed25519 AAAA…`. Any other
 * line stays as it is.
 */
export function withoutHost(line: string): string {
  const [, first = "", rest = line, second = ""] = /^\s*(\S+)\s+((\S+)\s.*)$/.exec(line) ?? [];
  return !types.includes(first) && types.includes(second) ? rest : line;
}

/** The fingerprint that `ssh-keygen -l` prints, e.g. `SHA256:47DEQpj8…`. */
export function fingerprint(publicKey: string): string {
  const body = publicKey.trim().split(/\s+/)[1] ?? "";
  const digest = createHash("sha256").update(Buffer.from(body, "base64")).digest("base64");
  return `SHA256:${digest.replace(/=+$/, "")}`;
}

/** Type and body without the comment: what identifies the key. */
export function keyIdentity(publicKey: string): string {
  return publicKey.trim().split(/\s+/).slice(0, 2).join(" ");
}

/** `ssh-ed25519`, `ssh-rsa` and so on. */
export function keyType(publicKey: string): string {
  return publicKey.trim().split(/\s+/)[0] ?? "";
}

/** The line that `ssh-keygen -lf` prints of a key, without its comment: `256 SHA256:47DEQpj8… (ED25519)`. */
export function fingerprintLine(publicKey: string): string {
  const type = keyType(publicKey);
  const curve = /^ecdsa-sha2-nistp(\d+)$/.exec(type)?.[1];
  const bits = curve ?? (type === "ssh-rsa" ? String(rsaBits(publicKey)) : "256");
  const name = curve ? "ECDSA" : type === "ssh-rsa" ? "RSA" : "ED25519";
  return `${bits} ${fingerprint(publicKey)} (${name})`;
}

/** The modulus is the third string of an RSA key: RFC 4253, 6.6. A leading zero byte is its sign. */
function rsaBits(publicKey: string): number {
  const blob = Buffer.from(publicKey.trim().split(/\s+/)[1] ?? "", "base64");
  const [, afterType] = takeString(blob);
  const [, afterExponent] = takeString(afterType);
  const [modulus] = takeString(afterExponent);
  return BigInt(`0x${modulus.toString("hex")}`).toString(2).length;
}
