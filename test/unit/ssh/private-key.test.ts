import { deepEqual, equal, throws } from "node:assert/strict";
import { sign, verify, createPublicKey } from "node:crypto";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2, { type ParsedKey } from "ssh2";
import { readPrivateKey } from "../../../components/ssh/private-key.js";

describe("a private key in OpenSSH's format", () => {
  let dir: string;
  before(() => (dir = mkdtempSync(join(tmpdir(), "private-key-test-"))));
  after(() => rmSync(dir, { recursive: true }));

  const made = (name: string, ...options: string[]): string => {
    execFileSync("ssh-keygen", ["-q", "-f", join(dir, name), ...options]);
    return readFileSync(join(dir, name), "utf8");
  };

  it("is read as ssh-keygen writes it", () => {
    const { publicBlob, key } = readPrivateKey(made("ed25519", "-t", "ed25519", "-N", "", "-C", "me"));
    const [, blob] = readFileSync(join(dir, "ed25519.pub"), "utf8").split(" ");
    equal(publicBlob.toString("base64"), blob);
    const data = Buffer.from("data");
    equal(verify(null, data, createPublicKey(key), sign(null, data, key)), true);
  });

  it("is read as a library reads it", () => {
    const pair = ssh2.utils.generateKeyPairSync("ed25519");
    const other = ssh2.utils.parseKey(pair.private) as ParsedKey;
    const { publicBlob, key } = readPrivateKey(pair.private);
    deepEqual(publicBlob, other.getPublicSSH());
    equal(other.verify(Buffer.from("data"), sign(null, Buffer.from("data"), key)), true);
  });

  it("is refused when it is another's, has a passphrase or is cut, without being repeated", () => {
    const whole = made("whole", "-t", "ed25519", "-N", "");
    throws(
      () => readPrivateKey(made("rsa", "-t", "rsa", "-b", "2048", "-N", "")),
      /^Error: it is no ssh-ed25519 key$/,
    );
    throws(
      () => readPrivateKey(made("locked", "-t", "ed25519", "-N", "secret")),
      /^Error: it has a passphrase$/,
    );
    const lines = whole.split("\n");
    throws(() => readPrivateKey([...lines.slice(0, 3), ...lines.slice(-2)].join("\n")), /^Error: it is no/);
    throws(() => readPrivateKey("SECRET"), /^Error: it is not in OpenSSH's format$/);
  });
});
