import { good, itRefuses, key } from "./refusals.js";

describe("the config of keys", () => {
  itRefuses({
    "no key that a person holds": [
      { hosts: good.hosts, keys: { holders: [] } },
      /keys\.holders: give at least one public key that you hold/,
    ],
    "no keys at all": [{ hosts: good.hosts }, /keys: give at least one public key that you hold/],
    "a cut key": [
      { ...good, keys: { holders: [key.slice(0, 60)] } },
      /keys\.holders\[0\]: .*was it cut when copied\?/,
    ],
    "a private key, which it does not repeat": [
      { ...good, keys: { holders: ["-----BEGIN OPENSSH PRIVATE KEY-----\nSECRET"] } },
      /^(?!.*SECRET).*keys\.holders\[0\]: this is a private key/,
    ],
  });
});
