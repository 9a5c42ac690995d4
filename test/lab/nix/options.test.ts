import { doesNotMatch, equal, match, notEqual } from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loop, trivial } from "./modules.js";
import { type NixLab, nixLab } from "./nix.js";

describe("nix/ with the lab's nixpkgs, on a running host", function () {
  this.timeout(180_000);
  let nix: NixLab;

  before(async function () {
    nix = await nixLab(this);
    await nix.flashAndBoot("lab-a");
  });

  it("spares the memory and the card", async () => {
    await nix.switchOk("lab-a", {
      lowMemory: { enable: true, zramPercent: 150, swapFileMiB: 2048 },
      storage: { tmp: "memory", tmpSize: "64M" },
      watchdog: { enable: true, seconds: 12 },
    });
    const config = (file: string) => nix.copy.onHost("lab-a", `systemd-analyze cat-config systemd/${file}`);
    match(await config("journald.conf"), /^Storage=volatile$/m);
    match(await config("journald.conf"), /^RuntimeMaxUse=32M$/m);
    match(await config("system.conf"), /^RuntimeWatchdogSec=12s$/m);
    match(
      await nix.copy.onHost("lab-a", "cat /etc/systemd/zram-generator.conf"),
      /^zram-size=150 \/ 100 \* ram$/m,
    );
    match(
      await nix.copy.onHost("lab-a", "cat /etc/lab/fstab"),
      /^\/var\/lib\/swapfile none swap size=2048M$/m,
    );
    // The running journal is in memory from now on.
    await nix.copy.onHost(
      "lab-a",
      "systemctl is-active systemd-journald && journalctl --header | grep -q /run/log/journal",
    );
  });

  it("lets accounts in by each of their keys, and to root only when asked", async () => {
    const users = (wheel: boolean) => ({ beau: { keys: ["ssh-ed25519 AAAA other", nix.person], wheel } });
    await nix.switchOk("lab-a", { users: users(true) });
    equal((await nix.ssh("lab-a", "beau", "id -un")).stdout, "beau");
    notEqual((await nix.ssh("lab-a", "beau", "sudo -n id -u")).exitCode, 0);
    equal((await nix.ssh("lab-a", "pi", "sudo -n id -u")).stdout, "0");
    await nix.switchOk("lab-a", { users: users(true), sudo: { wheelWithoutPassword: true } });
    equal((await nix.ssh("lab-a", "beau", "sudo -n id -u")).stdout, "0");
    await nix.switchOk("lab-a", { users: users(false), sudo: { wheelWithoutPassword: true } });
    notEqual((await nix.ssh("lab-a", "beau", "sudo -n id -u")).exitCode, 0);
  });

  it("takes what a cache has signed, and nothing else", async () => {
    const script = `set -e
      nix-store --generate-binary-cache-key lab-1 /root/secret /root/public >&2
      path=$(nix build --impure --no-link --print-out-paths --max-jobs 1 --expr '${trivial("signed")}')
      nix store sign --key-file /root/secret "$path" >&2
      nix copy --to file:///var/cache/lab "$path" >&2; nix-store --delete "$path" >&2
      echo "$path $(cat /root/public)"`;
    const [path = "", publicKey] = (await nix.copy.onHost("lab-a", script)).split(" ");
    const fetched = () => nix.copy.host("lab-a").run(["nix-store", "--realise", path]);
    await nix.switchOk("lab-a", {
      caches: [{ url: "file:///var/cache/lab", publicKey: `lab-1:${"A".repeat(43)}=` }],
    });
    notEqual((await fetched()).exitCode, 0);
    await nix.switchOk("lab-a", { caches: [{ url: "file:///var/cache/lab", publicKey }] });
    equal((await fetched()).exitCode, 0);
    equal(await nix.copy.onHost("lab-a", `cat ${path}`), "signed");
  });

  it("answers others as NAME.local", async () => {
    await nix.flashAndBoot("lab-b");
    await nix.switchOk("lab-a", {});
    await nix.switchOk("lab-b", {});
    const asked = () => nix.copy.host("lab-a").run(["avahi-resolve", "-4", "--name", "lab-b.local"]);
    await nix.copy.lab.until(
      async () => String((await asked()).stdout) === "lab-b.local\t10.77.0.12",
      30,
      async () => `lab-b.local is not resolved: ${JSON.stringify(await asked())}`,
    );
    await nix.switchOk("lab-b", {}, { network: { mdns: false, address: null } });
    await nix.copy.lab.until(
      async () => String((await asked()).stderr).includes("Failed to resolve"),
      30,
      async () => `lab-b.local is still resolved: ${JSON.stringify(await asked())}`,
    );
  });

  it("has another machine build for it, which only takes its key", async () => {
    await nix.flashAndBoot("lab-b");
    const hostKey = async (name: string) =>
      (await readFile(join(nix.copy.dir, `${name}-key.pub`), "utf8")).trim().split(" ").slice(0, 2).join(" ");
    await nix.switchOk("lab-b", {
      serve: { enable: true, trusted: true, keys: [await hostKey("lab-a")], maxJobs: 2 },
    });
    await nix.switchOk("lab-a", {
      builders: [
        {
          host: "lab-b.local",
          user: "nix-ssh",
          systems: ["x86_64-linux"],
          hostKey: await hostKey("lab-b"),
        },
      ],
    });
    equal(await nix.copy.onHost("lab-a", "nix config show max-jobs"), "0");
    const path = await nix.copy.onHost(
      "lab-a",
      `nix build --impure --no-link --print-out-paths --expr '${trivial("pulled")}'`,
    );
    equal(await nix.copy.onHost("lab-a", `cat ${path}`), "pulled");
    // It is there by that machine's own work.
    match(await nix.copy.onHost("lab-b", `nix-store --query --deriver ${path}`), /-pulled\.drv$/);
    notEqual((await nix.ssh("lab-b", "nix-ssh", "true")).exitCode, 0);
  });

  it("runs Wi-Fi without a passphrase in the store, and waits for it", async () => {
    const wifi = { networks: { home: { secret: "psk_home" }, guests: { secret: null } }, country: "IT" };
    const network = { mdns: true, address: null, wifi };
    await nix.switchOk("lab-a", {}, { network });
    match(await nix.copy.onHost("lab-a", "cat /etc/wpa_supplicant/nixos.conf"), /psk=ext:psk_home$/m);
    equal(await nix.copy.onHost("lab-a", "systemctl is-active wpa_supplicant-wlan0"), "active");
    const file = "/var/lib/pi-fleet-secrets/wireless.conf";
    equal(await nix.copy.onHost("lab-a", `stat -c '%a %U %G' ${file}`), "640 root wpa_supplicant");
    const log = () =>
      nix.copy.onHost(
        "lab-a",
        "journalctl --unit wpa_supplicant-wlan0 --output cat _SYSTEMD_INVOCATION_ID=$(systemctl show --property InvocationID --value wpa_supplicant-wlan0)",
      );
    /** What it wrote from its last start on, once it has looked for all secrets. */
    const started = () =>
      nix.copy.lab.until(
        async () => (await log()).includes("Successfully initialized") && log(),
        10,
        () => "it does not start",
      );
    match(await started(), /No secret psk_home/);
    await nix.copy.onHost(
      "lab-a",
      `echo psk_home=swordfish >> ${file}; systemctl restart wpa_supplicant-wlan0`,
    );
    doesNotMatch(await started(), /No secret/);
    await nix.switchOk("lab-a", { base: { generations: 4 } }, { network });
    equal(await nix.copy.onHost("lab-a", `cat ${file}`), "psk_home=swordfish");
  });

  it("decrypts what age has encrypted for its host key, at each switch and boot", async () => {
    const own = await readFile(join(nix.copy.dir, "lab-a-key.pub"), "utf8");
    const secret = { owner: "pi", units: ["reader.service"], age: "secrets/token.age" };
    const reader = loop("reader", { script: "cp /run/pi-fleet-secrets/token /run/seen; sleep 1000000" });
    const encrypt = async (text: string, recipient: string) => {
      const file = join(nix.copy.dir, "nix/secrets/token.age");
      await mkdir(join(nix.copy.dir, "nix/secrets"), { recursive: true });
      const script = `printf '%s' '${text}' | age --armor --recipient '${recipient.trim()}'`;
      await writeFile(file, `${await nix.copy.onHost("lab-a", script)}\n`);
      return nix.deploy("lab-a", nix.host({ fleet: { secrets: { token: secret } } }, reader));
    };
    const seen = "cd /run/pi-fleet-secrets; cat token; stat -c ' %a %U' token; cat /run/seen";
    const isSeen = (text: string) =>
      nix.copy.lab.until(
        async () => (await nix.copy.onHost("lab-a", "cat /run/seen 2>/dev/null || true")) === text,
        20,
        () => `its reader has not seen "${text}"`,
      );
    const first = await encrypt("of the first kind", own);
    equal((await nix.switchTo("lab-a", first, "test")).exitCode, 0);
    await isSeen("of the first kind");
    equal(await nix.copy.onHost("lab-a", seen), "of the first kind 400 pi\nof the first kind");
    // What uses a changed one starts again.
    const second = await encrypt("of the second kind", own);
    equal((await nix.switchTo("lab-a", second, "switch")).exitCode, 0);
    await isSeen("of the second kind");

    await nix.copy.onHost("lab-a", `nix-env --profile /nix/var/nix/profiles/system --set ${second}`);
    await nix.copy.host("lab-a").powerOff();
    await nix.copy.host("lab-a").boot();
    await isSeen("of the second kind");
    equal(await nix.copy.onHost("lab-a", seen), "of the second kind 400 pi\nof the second kind");
    equal(await nix.copy.onHost("lab-a", "grep -rlF 'of the second kind' /nix/store /var /etc || true"), "");

    const other = await nix.copy.onHost(
      "lab-a",
      "ssh-keygen -q -t ed25519 -N '' -f /root/other && cat /root/other.pub",
    );
    const foreign = await encrypt("of another", other);
    const { exitCode, stderr } = await nix.switchTo("lab-a", foreign, "test");
    equal(exitCode, 2, stderr);
    match(stderr, /the secret token can't be decrypted with \/etc\/ssh\/ssh_host_ed25519_key/);
    await nix.switchOk("lab-a", {});
    await nix.copy.onHost("lab-a", "! test -e /run/pi-fleet-secrets");
  });

  it("joins a tailnet once its key is there", async () => {
    const tailscale = { enable: true, loginServer: "https://h.example.org", tags: ["tag:ci"] };
    const network = { mdns: true, address: null, tailscale };
    await nix.switchOk("lab-a", {}, { network });
    equal(await nix.copy.onHost("lab-a", "systemctl is-active tailscaled"), "active");
    await nix.copy.onHost("lab-a", "! test -e /var/lib/tailscale/up");
    await nix.copy.onHost(
      "lab-a",
      "echo key > /var/lib/pi-fleet-secrets/tailscale.key; systemctl start tailscaled-autoconnect",
    );
    await nix.copy.lab.until(
      async () => (await nix.copy.host("lab-a").run(["test", "-s", "/var/lib/tailscale/up"])).exitCode === 0,
      10,
      () => "it did not join",
    );
    equal(
      await nix.copy.onHost("lab-a", "cat /var/lib/tailscale/up"),
      "--login-server=https://h.example.org --advertise-tags=tag:ci",
    );
  });

  it("joins a tailnet with the key that sops-nix decrypts: a module of another flake, at a revision", async () => {
    const encrypt = `printf 'key of sops' | age --armor --recipient '${(await readFile(join(nix.copy.dir, "lab-a-key.pub"), "utf8")).trim()}'`;
    const folder = join(nix.copy.dir, "nix/hosts/sops");
    await mkdir(folder, { recursive: true });
    const secrets = { headscale: { pre_auth: `${await nix.copy.onHost("lab-a", encrypt)}\n` } };
    await writeFile(join(folder, "secrets.json"), JSON.stringify(secrets));
    await writeFile(
      join(folder, "default.nix"),
      `{ config, inputs, ... }:
        {
          sops.defaultSopsFile = ./secrets.json;
          sops.secrets."headscale/pre_auth" = { };
          fleet.network.tailscale.authKeyFile = config.sops.secrets."headscale/pre_auth".path;
          environment.etc.inputs.text = toString (builtins.attrNames inputs);
        }`,
    );
    const sops = join(nix.copy.lab.generatedDir, "nixpkgs/sops-nix");
    const pinned = `path:${sops}?narHash=${encodeURIComponent(await nix.copy.outputOf("nix", "hash", "path", sops))}`;
    const network = { mdns: true, address: null, tailscale: { enable: true } };
    await nix.copy.onHost("lab-a", "rm -rf /var/lib/tailscale; systemctl stop tailscaled-autoconnect");
    await nix.switchOk(
      "lab-a",
      {},
      { network, modules: [`${pinned}#nixosModules.sops`, "hosts/sops/default.nix"] },
    );
    const key = "/run/secrets/headscale/pre_auth";
    equal(await nix.copy.onHost("lab-a", `cat ${key}; stat -c ' %a %U' ${key}`), "key of sops 400 root");
    // The folder stays as sops-nix makes it.
    equal(await nix.copy.onHost("lab-a", "stat -c %a /run/secrets/headscale"), "751");
    equal(await nix.copy.onHost("lab-a", "cat /etc/inputs"), "fleet nixos-hardware nixpkgs self");
    await nix.copy.lab.until(
      async () => (await nix.copy.host("lab-a").run(["test", "-e", "/var/lib/tailscale/up"])).exitCode === 0,
      10,
      () => "it did not join",
    );
    equal(await nix.copy.onHost("lab-a", "grep -rlF 'key of sops' /nix/store /etc /var/lib || true"), "");
  });

  it("has the profiles' tools and the rights to hardware", async () => {
    await nix.switchOk("lab-a", {}, { profiles: ["minimal", "common", "work"] });
    equal(
      await nix.copy.onHost(
        "lab-a",
        "ls /run/current-system/sw/bin | grep -cxE 'probe-rs|espflash|cargo|htop|lsusb'",
      ),
      "5",
    );
    const rules = await nix.copy.onHost("lab-a", "cat /etc/udev/rules.d/99-local.rules");
    match(rules, /idVendor}=="0483", GROUP="plugdev", MODE="0660"/);
    match(rules, /ttyACM\[0-9\]\*\|ttyUSB\[0-9\]\*", GROUP="dialout"/);
    match((await nix.ssh("lab-a", "pi", "id -nG")).stdout, /(?=.*\bdialout\b).*\bplugdev\b/);
  });

  it("is deployed as root when root is its user", async () => {
    const back = await nix.deploy("lab-a", nix.host({}));
    await nix.switchOk("lab-a", {}, { user: "root" });
    equal((await nix.ssh("lab-a", "root", "id -un")).stdout, "root");
    await nix.switchTo("lab-a", back, "test");
    notEqual((await nix.ssh("lab-a", "root", "id -un")).exitCode, 0);
  });
});
