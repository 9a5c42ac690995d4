import { deepEqual, equal } from "node:assert/strict";
import { delivery, wifi } from "./stack-secrets.js";

describe("stack secrets", () => {
  it("become the files that a host refers to, each with its rights and the units that read it", () => {
    const { files } = delivery(
      { ...wifi, profiles: ["network"], secrets: { token: { owner: "me", units: ["my.service"] } } },
      { psk_workshop: "swordfish", home: "sword fish\n", tailscale: "tskey\n", token: "two\nlines\n" },
    );
    const root = { owner: "root", group: "root", mode: "0400" };
    deepEqual(files, [
      { ...root, name: "tailscale.key", units: ["tailscaled-autoconnect.service"], content: "tskey\n" },
      { ...root, name: "token", owner: "me", units: ["my.service"], content: "two\nlines\n" },
      {
        ...{ name: "wireless.conf", owner: "root", group: "wpa_supplicant", mode: "0640" },
        units: ["wpa_supplicant-wlan0.service"],
        content: "home=sword fish\npsk_workshop=swordfish\n",
      },
    ]);
  });

  it("have ids that change with content and rights, and tell nothing without the deploy key", () => {
    const id = (secrets: object, value: string, deployKey?: string) =>
      delivery({ secrets }, { token: value }, deployKey).ids["token"];
    equal(id({ token: {} }, "a"), id({ token: {} }, "a"));
    const others = [
      id({ token: {} }, "b"),
      id({ token: { mode: "0440" } }, "a"),
      id({ token: {} }, "a", "another"),
    ];
    equal(new Set([id({ token: {} }, "a"), ...others]).size, 4);
  });
});
