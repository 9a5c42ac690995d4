import assert from "node:assert/strict";
import { good, hostRefusal, itRefuses, itRefusesHost } from "./refusals.js";

const wireless = (networks: object) => ({ settings: { networking: { wireless: { networks } } } });

describe("the settings of a host", () => {
  itRefusesHost({
    "a passphrase in the settings": [
      wireless({ home: { psk: "swordfish" } }),
      /^(?!.*swordfish)(?=.*settings\.networking\.wireless\.networks\.home\.psk: .*pi-fleet:secrets\.NAME)/s,
    ],
  });

  itRefuses({
    "a token in settings, which it does not repeat": [
      {
        ...good,
        hosts: {
          a: {
            board: "pi4",
            settings: { environment: { etc: { x: { text: "token ghp_0123456789abcdef0123" } } } },
          },
        },
      },
      /^(?!.*ghp_).*hosts\.a\.settings\.environment\.etc\.x\.text: this looks like a secret/,
    ],
  });

  it("take a reference to a passphrase", () => {
    assert.equal(hostRefusal(wireless({ home: { pskRaw: "ext:psk_home" } })), "");
  });
});
