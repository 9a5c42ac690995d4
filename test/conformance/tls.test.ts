import { deepEqual, equal, match, ok } from "node:assert/strict";
import { createHash, createPrivateKey, createPublicKey } from "node:crypto";
import ssh2 from "ssh2";
import { setUp } from "./plugin.js";
import type { Project, Resource } from "./project.js";

const key = (name: string, args: object): Resource => ({ type: "key", name, args });
const KEYS = [
  key("ed25519", { algorithm: "ED25519" }),
  key("rsa", { algorithm: "RSA", rsaBits: 2048 }),
  key("ecdsa", { algorithm: "ECDSA", ecdsaCurve: "P384" }),
];

describe("conformance: tls.PrivateKey", function () {
  this.timeout(180_000);
  let project: Project;
  before(async () => {
    project = await setUp();
    const { exitCode, text } = await project.up({
      resources: KEYS,
      outputs: [{ name: "private", of: ["ed25519", "privateKeyOpenssh"] }],
    });
    equal(exitCode, 0, text);
  });
  after(() => project?.remove());

  async function outputs(name: string): Promise<Record<string, string>> {
    const state = await project.state(name);
    const plain = (value: unknown) =>
      (value as { plaintext?: string } | null)?.plaintext
        ? (JSON.parse((value as { plaintext: string }).plaintext) as string)
        : String(value);
    return Object.fromEntries(
      Object.entries(state?.outputs ?? {}).map(([key, value]) => [key, plain(value)]),
    );
  }

  for (const { name } of KEYS) {
    it(`gives one key in all its formats: ${name}`, async () => {
      const found = await outputs(name);
      const spki = createPublicKey(createPrivateKey(found.privateKeyPem ?? "")).export({
        type: "spki",
        format: "pem",
      });
      equal(found.publicKeyPem, spki);
      equal(
        createPublicKey(createPrivateKey(found.privateKeyPemPkcs8 ?? "")).export({
          type: "spki",
          format: "pem",
        }),
        spki,
      );
      match(found.privateKeyPemPkcs8 ?? "", /^-----BEGIN PRIVATE KEY-----\n/);

      const opened = ssh2.utils.parseKey(found.privateKeyOpenssh ?? "");
      ok(!(opened instanceof Error));
      const blob = opened.getPublicSSH();
      equal(found.publicKeyOpenssh, `${opened.type} ${blob.toString("base64")}\n`);
      match(
        found.privateKeyOpenssh ?? "",
        /^-----BEGIN OPENSSH PRIVATE KEY-----\n[^]*-----END OPENSSH PRIVATE KEY-----\n$/,
      );

      const sha256 = createHash("sha256").update(blob).digest("base64").replace(/=+$/, "");
      equal(found.publicKeyFingerprintSha256, `SHA256:${sha256}`);
      equal(found.publicKeyFingerprintMd5?.replaceAll(":", ""), createHash("md5").update(blob).digest("hex"));
      const der = createPublicKey(found.publicKeyPem).export({ type: "spki", format: "der" });
      equal((await project.state(name))?.id, createHash("sha1").update(der).digest("hex"));
    });
  }
  it("uses each algorithm's old private format", async () => {
    match((await outputs("rsa")).privateKeyPem ?? "", /^-----BEGIN RSA PRIVATE KEY-----/);
    match((await outputs("ecdsa")).privateKeyPem ?? "", /^-----BEGIN EC PRIVATE KEY-----/);
    match((await outputs("ed25519")).privateKeyPem ?? "", /^-----BEGIN PRIVATE KEY-----/);
  });
  it("keeps private keys encrypted in the state, as stack outputs too", async () => {
    const text = await project.stateText();
    ok(!text.includes("PRIVATE KEY-----"));
    match(text, /publicKeyOpenssh":"ssh-ed25519 AAAA/);
  });
  it("keeps its key from run to run, and makes another for other inputs", async () => {
    const { steps } = await project.preview({ resources: KEYS });
    deepEqual(steps, []);
    const changed = await project.preview({
      resources: [key("ed25519", { algorithm: "ECDSA", ecdsaCurve: "P256" })],
    });
    ok(changed.steps.some(({ op, urn }) => op === "replace" && urn.endsWith("::ed25519")));
  });
  it("refuses an unknown algorithm", async () => {
    const { exitCode, text } = await project.previewText({ resources: [key("odd", { algorithm: "DSA" })] });
    ok(exitCode !== 0);
    match(text, /algorithm/);
  });
});
