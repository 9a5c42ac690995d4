import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { type CheckFailure, ProviderError, type ProviderModel, type ResourceType } from "./model.js";
import { openSshPrivateKey, sshPublicBlob } from "./openssh-key.js";
import { checkShape, type Shape, withoutNulls } from "./shape.js";
import { reveal, secret, UNKNOWN, type WireMap } from "./wire.js";

/** Stands in for the tls provider 5 on a machine that cannot download it: PrivateKey, with all its outputs. */
export const NOT_MODELLED: string[] = [
  "every resource but PrivateKey, and every function",
  "ECDSA with curve P224, which is the real one's default: name another curve",
];

const SHAPE: Shape = {
  name: "tls.PrivateKey",
  fields: {
    algorithm: { kind: "string", required: true },
    ecdsaCurve: { kind: "string" },
    rsaBits: { kind: "float64" },
  },
};

interface Key {
  readonly algorithm: string;
  readonly ecdsaCurve?: string;
  readonly rsaBits: number;
}

const CURVES: Record<string, string> = { P256: "prime256v1", P384: "secp384r1", P521: "secp521r1" };
const OUTPUTS = [
  "privateKeyOpenssh",
  "privateKeyPem",
  "privateKeyPemPkcs8",
  "publicKeyFingerprintMd5",
  "publicKeyFingerprintSha256",
  "publicKeyOpenssh",
  "publicKeyPem",
];

/** tls:index/privateKey:PrivateKey */
const privateKey: ResourceType = {
  check: (inputs) => ({
    inputs: withoutNulls(inputs),
    failures: [...checkShape(SHAPE, inputs), ...checkValues(inputs)],
  }),
  // A key is made once: any change is another key.
  replaces: () => true,

  create({ inputs, preview }) {
    // The real plugin fills in the defaults of all algorithms, whichever is chosen.
    const state = { ecdsaCurve: "P224", rsaBits: 2048, ...inputs };
    if (preview) return Promise.resolve({ id: "", state: { ...state, ...unknownOutputs() } });
    const key = generate(reveal(state) as unknown as Key);
    const publicKey = createPublicKey(key);
    const id = createHash("sha1")
      .update(publicKey.export({ type: "spki", format: "der" }))
      .digest("hex");
    return Promise.resolve({
      id,
      state: { ...state, id, ...privateOutputs(key), ...publicOutputs(publicKey) },
    });
  },
};

export const provider: ProviderModel = {
  name: "tls",
  version: "5.6.1",
  resource: (type) => (type === "tls:index/privateKey:PrivateKey" ? privateKey : notModelled(type)),
  function: notModelled,
};

function checkValues(inputs: WireMap): CheckFailure[] {
  const { algorithm, ecdsaCurve = "P224" } = reveal(inputs) as unknown as Key;
  if (algorithm === UNKNOWN || ecdsaCurve === UNKNOWN) return [];
  if (!["RSA", "ECDSA", "ED25519"].includes(algorithm)) {
    return [
      {
        property: "algorithm",
        reason: `value must be one of RSA, ECDSA, ED25519, got: ${algorithm}`,
      },
    ];
  }
  if (algorithm === "ECDSA" && !(ecdsaCurve in CURVES)) {
    return [
      { property: "ecdsaCurve", reason: "the stand-in of the tls provider makes P256, P384 and P521 only" },
    ];
  }
  return [];
}

function generate({ algorithm, ecdsaCurve = "", rsaBits }: Key): KeyObject {
  if (algorithm === "RSA") return generateKeyPairSync("rsa", { modulusLength: rsaBits }).privateKey;
  if (algorithm === "ECDSA") {
    return generateKeyPairSync("ec", { namedCurve: CURVES[ecdsaCurve] ?? "" }).privateKey;
  }
  return generateKeyPairSync("ed25519").privateKey;
}

function unknownOutputs(): WireMap {
  return Object.fromEntries(OUTPUTS.map((name) => [name, UNKNOWN]));
}

function privateOutputs(key: KeyObject): WireMap {
  const pkcs8 = key.export({ type: "pkcs8", format: "pem" });
  return {
    privateKeyOpenssh: secret(openSshPrivateKey(key)),
    privateKeyPem: secret(traditionalPem(key) ?? pkcs8.toString()),
    privateKeyPemPkcs8: secret(pkcs8.toString()),
  };
}

/** RSA and EC keys have formats that are older than PKCS #8; Ed25519 keys have not. */
function traditionalPem(key: KeyObject): string | undefined {
  if (key.asymmetricKeyType === "rsa") return key.export({ type: "pkcs1", format: "pem" }).toString();
  if (key.asymmetricKeyType === "ec") return key.export({ type: "sec1", format: "pem" }).toString();
  return undefined;
}

function publicOutputs(key: KeyObject): WireMap {
  const { type, blob } = sshPublicBlob(key);
  const md5 = createHash("md5").update(blob).digest("hex");
  return {
    publicKeyOpenssh: `${type} ${blob.toString("base64")}\n`,
    publicKeyPem: key.export({ type: "spki", format: "pem" }).toString(),
    publicKeyFingerprintMd5: (md5.match(/../g) ?? []).join(":"),
    publicKeyFingerprintSha256: `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`,
  };
}

function notModelled(name: string): never {
  throw new ProviderError(`the stand-in of the tls provider does not model ${name}`);
}
