import { itRefusesHost } from "./refusals.js";

const home = (network: object) => ({ network: { wifi: { networks: { home: network } } } });
const raw = "0123456789abcdef".repeat(4);

describe("the config of Wi-Fi", () => {
  itRefusesHost({
    "a passphrase, which it does not repeat": [
      home({ psk: "swordfish" }),
      /^(?!.*swordfish)(?=.*home\.psk: .*pi-fleet:secrets\.NAME)/s,
    ],
    "the hash of a passphrase": [
      home({ pskRaw: raw }),
      new RegExp(`^(?!.*${raw})(?=.*home\\.pskRaw: .*is a secret)`, "s"),
    ],
    "a passphrase beside another fault": [
      { network: { wifi: { networks: { home: "x", work: { psk: "swordfish" } } } } },
      /^(?!.*swordfish)/s,
    ],
    "an SSID of two lines": [
      { network: { wifi: { networks: { "a\nb": {} } } } },
      /networks\..*without control characters/s,
    ],
    "an SSID that is too long": [
      { network: { wifi: { networks: { ["ü".repeat(17)]: {} } } } },
      /at most 32 bytes/,
    ],
    "two networks whose passphrases would be one secret": [
      {
        network: {
          wifi: { networks: { "a b": {}, a_b: {}, "a-b": { open: true }, "a.b": { secret: "x" } } },
        },
      },
      /networks\.a_b: its passphrase and that of "a b" would be the same stack secret, psk_a_b: give each a `secret`/,
    ],
  });
});
