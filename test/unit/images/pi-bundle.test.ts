import { deepEqual, equal, throws } from "node:assert/strict";
import { packBundle, unpackBundle } from "../../../components/images/first-boot-bundle.js";
import { piBundle, type PiBundleArgs } from "../../../components/images/pi-bundle.js";
import { firstBoot, hostInFleetJson } from "../../../components/protocol/first-boot.js";

const secret = {
  path: "/var/lib/pi-fleet-secrets/token",
  content: "word",
  owner: "me",
  group: "me",
  mode: "0440",
};
const of = (nixHost?: object, more: Partial<PiBundleArgs> = {}) =>
  piBundle({
    ...{ host: "pi4", stack: "dev" },
    firstBoot: firstBoot.parse({
      ...{ hostPrivateKey: "PRIVATE\n", hostPublicKey: "ssh-ed25519 AAAA", user: "deploy" },
      ...{ authorizedKeys: ["ssh-ed25519 B fleet", "ssh-ed25519 C me"], secrets: [secret] },
    }),
    nixHost: nixHost && hostInFleetJson.parse(nixHost),
    ...more,
  });
const lines = (bundle: ReturnType<typeof of>) =>
  bundle.files.map(({ path, mode, provisioning }) =>
    [path, mode, ...(provisioning ? ["provisioning"] : [])].join(" "),
  );
const textOf = (bundle: ReturnType<typeof of>, path: string) =>
  String(bundle.files.find((file) => file.path.endsWith(path))?.content);

describe("the first-boot bundle of a Pi", () => {
  it("has its host key and its secrets, and for a provisioning image who it is and who may log in", () => {
    const bundle = of();
    deepEqual(unpackBundle(packBundle(bundle)), bundle);
    deepEqual(lines(bundle), [
      "/etc/ssh/ssh_host_ed25519_key 0600",
      "/etc/ssh/ssh_host_ed25519_key.pub 0644",
      "/var/lib/pi-fleet-secrets/token 0440",
      "/var/lib/pi-fleet/provisioned/identity 0644 provisioning",
      "/var/lib/pi-fleet/provisioned/authorized_keys/deploy 0644 provisioning",
    ]);
    equal(textOf(bundle, "ed25519_key"), "PRIVATE\n");
    equal(textOf(bundle, "identity"), "HOST=pi4\nUSER=deploy\n");
    equal(textOf(bundle, "authorized_keys/deploy"), "ssh-ed25519 B fleet\nssh-ed25519 C me\n");
  });

  it("has a provisioning image's way to the network: the port of ssh, a static address, Wi-Fi", () => {
    const network = {
      address: "10.0.0.4/24",
      gateway: "10.0.0.1",
      nameservers: ["10.0.0.1", "9.9.9.9"],
      interface: "wlan0",
      wifi: {
        country: "IT",
        networks: {
          'a "quoted" name': { secret: "psk_home", priority: 5, hidden: true },
          café: { secret: null },
        },
      },
    };
    const bundle = of({ fleet: { port: 2222 }, network });
    equal(textOf(bundle, "/sshd_config"), "Port 2222\n");
    deepEqual(textOf(bundle, "/network").split("\n"), [
      ...["ADDRESS=10.0.0.4/24", "INTERFACE=wlan0", "GATEWAY=10.0.0.1"],
      ...["NAMESERVER=10.0.0.1", "NAMESERVER=9.9.9.9", ""],
    ]);
    deepEqual(textOf(bundle, "/wifi.conf").split("\n"), [
      "country=IT",
      "pmf=1",
      "ext_password_backend=file:/var/lib/pi-fleet-secrets/wireless.conf",
      "network={",
      `  ssid=${Buffer.from('a "quoted" name').toString("hex")}`,
      "  scan_ssid=1",
      "  psk=ext:psk_home",
      "  key_mgmt=WPA-PSK WPA-PSK-SHA256 FT-PSK SAE FT-SAE",
      "  priority=11",
      "}",
      "network={",
      `  ssid=${Buffer.from('a "quoted" name').toString("hex")}`,
      "  scan_ssid=1",
      "  psk=ext:psk_home",
      "  key_mgmt=WPA-PSK WPA-PSK-SHA256 FT-PSK",
      "  priority=10",
      "}",
      "network={",
      `  ssid=${Buffer.from("café").toString("hex")}`,
      "  key_mgmt=NONE",
      "  priority=0",
      "}",
      "",
    ]);
  });

  it("asks nothing of the network by DHCP, and no Wi-Fi whose passphrases a person puts on the Pi", () => {
    const wifi = { networks: { home: { secret: "psk" } }, secretsFile: "/etc/wifi" };
    equal(of({ network: { address: null, wifi } }).files.length, of().files.length);
  });

  const runner = {
    name: "r",
    tokenFile: "/var/lib/github-runner/.t",
    registration: "ab12",
    justInTime: false,
  };
  it("has the token of a runner when it is given one, where the runner's unit waits for it", () => {
    const bundle = of({ runners: [runner] }, { runnerToken: "TOKEN" });
    deepEqual(lines(bundle).slice(3, 5), [
      "/var/lib/github-runner/.t 0600",
      "/var/lib/pi-fleet/runners/r/ab12 0644",
    ]);
    deepEqual(
      [textOf(bundle, "/.t"), textOf(bundle, "/ab12")],
      ["TOKEN", "token=/var/lib/github-runner/.t\nscope=\n"],
    );
  });

  it("refuses a runner's token that nothing would take", () => {
    for (const runners of [undefined, [], [runner, runner], [{ ...runner, justInTime: true }]])
      throws(
        () => of(runners && { runners }, { runnerToken: "TOKEN" }),
        /^UserError: pi4 can't take a runner's token/,
      );
  });
});
