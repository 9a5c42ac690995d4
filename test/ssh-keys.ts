import ssh2 from "ssh2";

/**
 * A new key pair in OpenSSH's formats. ssh2 1.17 makes one in some 200 of its ed25519 keys malformed, so that no ssh
 * program can read it; such a key is made again.
 */
export function newSshKeys(type: "ed25519" | "rsa" | "ecdsa" = "ed25519") {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync(type as "rsa", { bits: type === "rsa" ? 2048 : 256 });
    const parsed = [pair.private, pair.public].map((text) => ssh2.utils.parseKey(text));
    if (!parsed.some((key) => key instanceof Error)) return pair;
  }
}
