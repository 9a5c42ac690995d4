import { deepEqual, equal, match } from "node:assert/strict";
import { fleetHost } from "../../../components/evaluation/fleet-json.js";
import { hostForNix } from "../../../components/evaluation/host-for-nix.js";
import { hostOf, key } from "../config/refusals.js";

/** What the flake is told of one Pi with these options. */
function told(options: Record<string, unknown>): Record<string, unknown> {
  return JSON.parse(JSON.stringify(fleetHost("a", hostOf(options), [key]))) as Record<string, unknown>;
}

describe("what the flake is told of a system", () => {
  it("is nothing when nothing is said, so that the modules' defaults hold", () => {
    const { fleet, profiles, network } = told({});
    deepEqual(
      { fleet, profiles, network },
      { fleet: {}, profiles: [], network: { mdns: true, nameservers: [] } },
    );
  });

  it("is what was said, by the modules' names", () => {
    const { fleet } = told({
      base: { generations: 3, revision: "abc" },
      lowMemory: { swapFileMiB: 2048 },
      storage: { cardGiB: 16, tmp: "memory" },
      watchdog: { enable: false },
      users: { beau: { keys: [key], wheel: true } },
    });
    deepEqual(fleet, {
      base: { generations: 3, revision: "abc" },
      lowMemory: { enable: true, swapFileMiB: 2048 },
      storage: { tmp: "memory" },
      watchdog: { enable: false },
      users: { beau: { keys: [key], wheel: true } },
    });
  });

  it("keeps all host keys of a Pi that is adopted by another kind than a first boot brings", () => {
    deepEqual(told({ hostKey: key }).fleet, {});
    const rsa = `ssh-rsa ${Buffer.from("\0\0\0\x07ssh-rsa\0\0\0\x01x").toString("base64")}`;
    deepEqual(told({ hostKey: rsa }).fleet, { firstBoot: { onlyHostKey: false } });
  });

  it("has beside the modules' options those that the flake itself reads, and none of the deployer's", () => {
    const { fleet, ...others } = hostForNix(hostOf({ crossFrom: "x86_64-linux", modules: ["x.nix"] }));
    deepEqual(Object.keys(others).sort(), [
      "board",
      "crossFrom",
      "modules",
      "network",
      "profiles",
      "settings",
      "user",
    ]);
    deepEqual([others["crossFrom"], others["modules"]], ["x86_64-linux", ["x.nix"]]);
    equal("address" in fleet, false);
  });

  it("has the port when it is not sshd's own, which no system needs to be told", () => {
    deepEqual([told({ port: 2222 })["fleet"], told({ port: 22 })["fleet"]], [{ port: 2222 }, {}]);
  });

  it("knows nixbuild.net's address and host key, and the Pi's own system", () => {
    const { fleet } = told({
      builders: [{ kind: "nixbuild" }, { kind: "ssh", host: "nas.lan", hostKey: key }],
    });
    const [nixbuild, nas] = (fleet as { builders: Record<string, unknown>[] }).builders;
    equal(nixbuild!["host"], "eu.nixbuild.net");
    match(String(nixbuild!["hostKey"]), /^ssh-ed25519 /);
    deepEqual(nas, { systems: ["aarch64-linux"], host: "nas.lan", hostKey: key });
  });

  it("names a passphrase by its network, and has none", () => {
    const { network } = told({ network: { wifi: { networks: { "My WLAN": {}, guests: { open: true } } } } });
    deepEqual((network as { wifi: unknown }).wifi, {
      networks: { "My WLAN": { secret: "psk_My_WLAN" }, guests: { secret: null } },
    });
  });

  it("does not name the secret that a tailnet's key is", () => {
    const { network } = told({ network: { tailscale: { secret: "ts", tags: ["tag:ci"] } } });
    deepEqual((network as { tailscale: unknown }).tailscale, { enable: true, tags: ["tag:ci"] });
  });
});
