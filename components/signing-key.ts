import { createHash, createPrivateKey } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

/** An ed25519 key in Nix's own formats, `NAME:BASE64`: nix key generate-secret. */
export interface NixKey {
  readonly secret: string;
  readonly public: string;
}

/** The key that signs systems for the Pis which take no others; made once and kept in the stack's state. */
export class SigningKey extends pulumi.ComponentResource {
  /** Secret. */
  readonly secretKey: pulumi.Output<string>;
  /** Its public half, for the Pis' `trusted-public-keys`. */
  readonly publicKey: pulumi.Output<string>;

  constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
    super("pi-fleet:index:SigningKey", name, {}, opts);
    const made = new tls.PrivateKey(`${name}-key`, { algorithm: "ED25519" }, { parent: this });
    const key = made.privateKeyPemPkcs8.apply(nixKey);
    this.secretKey = pulumi.secret(key.secret);
    this.publicKey = pulumi.unsecret(key.public);
    this.registerOutputs({ publicKey: this.publicKey });
  }
}

/**
 * Converts an ed25519 private key (PKCS #8 in PEM) to Nix's format: seed and public key as libsodium has them. Its name
 * is made from the public key, since Nix looks at only one key of a name.
 */
export function nixKey(pem: string): NixKey {
  const { d, x } = createPrivateKey(pem).export({ format: "jwk" });
  if (!d || !x) throw new Error("the signing key in the stack's state is no ed25519 key");
  const point = Buffer.from(x, "base64url");
  const name = `pi-fleet-${createHash("sha256").update(point).digest("hex").slice(0, 8)}`;
  const both = Buffer.concat([Buffer.from(d, "base64url"), point]);
  return { secret: `${name}:${both.toString("base64")}`, public: `${name}:${point.toString("base64")}` };
}
