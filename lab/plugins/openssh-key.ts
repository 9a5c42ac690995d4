import { type KeyObject, randomBytes } from "node:crypto";

/** Node cannot write OpenSSH's formats, so these are built from the numbers in the key's JWK form. */
type Jwk = Record<"crv" | "d" | "dp" | "dq" | "e" | "n" | "p" | "q" | "qi" | "x" | "y", string>;

const SSH_CURVES: Record<string, string> = { "P-256": "nistp256", "P-384": "nistp384", "P-521": "nistp521" };

/** The public key as it travels in ssh and stands, in base64, in authorized_keys. */
export function sshPublicBlob(key: KeyObject): { type: string; blob: Buffer } {
  const jwk = jwkOf(key);
  if (key.asymmetricKeyType === "ed25519") {
    const type = "ssh-ed25519";
    return { type, blob: Buffer.concat([text(type), string(bytes(jwk.x))]) };
  }
  if (key.asymmetricKeyType === "rsa") {
    const type = "ssh-rsa";
    return { type, blob: Buffer.concat([text(type), mpint(jwk.e), mpint(jwk.n)]) };
  }
  const curve = SSH_CURVES[jwk.crv] ?? "";
  const type = `ecdsa-sha2-${curve}`;
  return { type, blob: Buffer.concat([text(type), text(curve), string(point(jwk))]) };
}

/** The private key in the format of ssh-keygen, without a passphrase and without a comment. */
export function openSshPrivateKey(key: KeyObject): string {
  const { type, blob } = sshPublicBlob(key);
  const check = randomBytes(4);
  const secrets = Buffer.concat([check, check, text(type), privateNumbers(key), text("")]);
  const padding = Buffer.from(Array.from({ length: (8 - (secrets.length % 8)) % 8 }, (_, i) => i + 1));
  const body = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    text("none"),
    text("none"),
    text(""),
    Buffer.from([0, 0, 0, 1]),
    string(blob),
    string(Buffer.concat([secrets, padding])),
  ]);
  const lines = body.toString("base64").match(/.{1,70}/g) ?? [];
  return ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join(
    "\n",
  );
}

function privateNumbers(key: KeyObject): Buffer {
  const jwk = jwkOf(key);
  if (key.asymmetricKeyType === "ed25519") {
    return Buffer.concat([string(bytes(jwk.x)), string(Buffer.concat([bytes(jwk.d), bytes(jwk.x)]))]);
  }
  if (key.asymmetricKeyType === "rsa") {
    return Buffer.concat([jwk.n, jwk.e, jwk.d, jwk.qi, jwk.p, jwk.q].map(mpint));
  }
  return Buffer.concat([text(SSH_CURVES[jwk.crv] ?? ""), string(point(jwk)), mpint(jwk.d)]);
}

function jwkOf(key: KeyObject): Jwk {
  return key.export({ format: "jwk" }) as unknown as Jwk;
}

function point(jwk: Jwk): Buffer {
  return Buffer.concat([Buffer.from([4]), bytes(jwk.x), bytes(jwk.y)]);
}

function bytes(base64url: string): Buffer {
  return Buffer.from(base64url, "base64url");
}

function text(value: string): Buffer {
  return string(Buffer.from(value));
}

function string(value: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(value.length);
  return Buffer.concat([length, value]);
}

/** A positive number: no leading zeros, but one when the first bit is set. */
function mpint(base64url: string): Buffer {
  const value = bytes(base64url);
  const start = value.findIndex((byte) => byte !== 0);
  const trimmed = start < 0 ? Buffer.alloc(0) : value.subarray(start);
  return string((trimmed[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), trimmed]) : trimmed);
}
