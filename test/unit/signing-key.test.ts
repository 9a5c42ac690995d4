import { deepEqual, equal, throws } from "node:assert/strict";
import { createHash, generateKeyPairSync } from "node:crypto";
import { nixKey } from "../../components/signing-key.js";

// RFC 8032, 7.1, test 1.
const seed = Buffer.from("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "hex");
const point = Buffer.from("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "hex");
const pem = [
  "-----BEGIN PRIVATE KEY-----",
  Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]).toString("base64"),
  "-----END PRIVATE KEY-----",
].join("\n");

describe("a signing key", () => {
  it("is written as Nix does: seed and public key, under a name of its own", () => {
    const name = `pi-fleet-${createHash("sha256").update(point).digest("hex").slice(0, 8)}`;
    deepEqual(nixKey(pem), {
      secret: `${name}:${Buffer.concat([seed, point]).toString("base64")}`,
      public: `${name}:${point.toString("base64")}`,
    });
  });

  it("is ed25519", () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    throws(() => nixKey(String(privateKey.export({ type: "pkcs8", format: "pem" }))), /no ed25519 key/);
    equal(nixKey(pem).public.length, "pi-fleet-".length + 8 + 1 + 44);
  });
});
