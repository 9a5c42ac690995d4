import { deepEqual, equal, match } from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { host, type Settings } from "./modules.js";
import { type NixLab, nixLab } from "./nix.js";

describe("nix/ with the lab's nixpkgs, the boards", function () {
  this.timeout(180_000);
  let nix: NixLab;

  before(async function () {
    nix = await nixLab(this);
  });

  /** An option of each of some hosts. */
  const valuesOf = async (hosts: Record<string, unknown>, option: string) => {
    const apply = `builtins.mapAttrs (_: nixos: nixos.config.${option})`;
    const flake = await nix.flakeArguments(hosts, "nixosConfigurations");
    const printed = await nix.copy.outputOf("nix", "eval", "--json", ...flake, "--apply", apply);
    return JSON.parse(printed) as Record<string, unknown>;
  };
  const onCard = (settings: Settings = {}) =>
    Object.fromEntries(
      ["pi2", "pi3", "pi4", "pi5", "zero2w"].map((board) => [board, host({ board }, settings)]),
    );

  it("leave the installer's file systems and tools off a card, and take what is mounted", async () => {
    const own = { ext4: true, vfat: true };
    for (const [board, kinds] of Object.entries(await valuesOf(onCard(), "boot.supportedFilesystems")))
      deepEqual(kinds, own, board);
    for (const packages of Object.values(await valuesOf(onCard(), "environment.systemPackages")))
      equal(JSON.stringify(packages).includes("testdisk"), false);
    const disk = { "/data": { device: "/dev/disk/by-label/data", fsType: "btrfs" } };
    const mounted = await valuesOf(onCard({ fileSystems: disk }), "boot.supportedFilesystems");
    for (const kinds of Object.values(mounted)) deepEqual(kinds, { ...own, btrfs: true });
  });

  it("keep U-Boot on a card that a module of nixos-hardware fills", async () => {
    const folder = join(nix.copy.dir, "nix/hosts/hardware");
    await mkdir(folder, { recursive: true });
    for (const board of ["2", "4"]) {
      const module = `{ nixos-hardware, ... }: { imports = [ "\${nixos-hardware}/raspberry-pi/${board}" ]; }`;
      await writeFile(join(folder, `pi${board}.nix`), module);
    }
    const filled = await valuesOf(
      {
        pi2: host({ board: "pi2", modules: ["hosts/hardware/pi2.nix"] }),
        pi4: host({ board: "pi4", modules: ["hosts/hardware/pi4.nix"] }),
        pi5: host({ board: "pi5" }),
        stock: host({ board: "pi4" }),
      },
      "sdImage.populateFirmwareCommands",
    );
    for (const [name, commands] of Object.entries(filled)) match(String(commands), /\/u-boot\.bin/, name);
    match(String(filled["pi2"]), /uboot-rpi_2_defconfig/);
  });

  it("have a running sshd.service, also the one that is a container", async () => {
    const hosts = { virtual: host({ board: "virtual" }), pi4: host({ board: "pi4" }) };
    deepEqual(await valuesOf(hosts, "services.openssh.startWhenNeeded"), { pi4: false, virtual: false });
  });

  it("boot a PC by systemd-boot, with the file systems that its own module names", async () => {
    const root = { fileSystems: { "/": { device: "/dev/disk/by-uuid/x", fsType: "ext4" } } };
    const nas = host({ board: "x86_64", fleet: { base: { generations: 4 } } }, root);
    const { a } = await valuesOf({ a: nas }, "boot.loader");
    const { "systemd-boot": boot, grub } = a as Record<string, Settings>;
    deepEqual([boot, grub?.["enable"]], [{ configurationLimit: 4, enable: true }, false]);
    equal((await nix.planOf({ a: nas }))["a"]?.system, "x86_64-linux");
    const { stderr } = await nix.evaluate({ a: host({ board: "x86_64" }) });
    match(stderr, /No device specified for mount point/);
  });

  it("need a name for an interface that has no usual one, only when it gets an address", async () => {
    const network = { mdns: true, address: "10.0.0.2/24" };
    const { stderr } = await nix.evaluate({ attic: host({ board: "pi3", network }) });
    match(stderr, /fleet\.network\.interface of attic: a static address needs it on this board/);
    const named = { ...network, interface: "enu1u1u1" };
    const hosts = { a: host({ board: "pi3", network: named }), b: host({ board: "pi4", network }) };
    deepEqual(Object.keys(await nix.planOf(hosts)), ["a", "b"]);
  });

  it("with a card consume first-boot bundles, and make no host key beside the one that a bundle brings", async () => {
    const adopted = host({ board: "pi4", fleet: { firstBoot: { onlyHostKey: false } } });
    const hosts = { ...onCard(), adopted, virtual: host({ board: "virtual" }) };
    const apply = `builtins.mapAttrs (_: { config, ... }: {
      keys = map (key: key.type) config.services.openssh.hostKeys;
      consumes = (config.systemd.services.pi-fleet-first-boot or { environment.HOST = null; }).environment.HOST;
    })`;
    const flake = await nix.flakeArguments(hosts, "nixosConfigurations");
    const printed = await nix.copy.outputOf("nix", "eval", "--json", ...flake, "--apply", apply);
    const { virtual, adopted: kept, ...cards } = JSON.parse(printed) as Record<string, Settings>;
    deepEqual(virtual, { keys: ["rsa", "ed25519"], consumes: null });
    deepEqual(kept, { keys: ["rsa", "ed25519"], consumes: "adopted" });
    for (const [name, found] of Object.entries(cards))
      deepEqual(found, { keys: ["ed25519"], consumes: name }, name);
  });

  it("decrypt secrets anew once a bundle has brought the host key", async () => {
    const folder = join(nix.copy.dir, "nix/hosts");
    await writeFile(join(folder, "secret.age"), "age-encryption.org/v1\n");
    const secrets = { token: { age: "hosts/secret.age" } };
    const hosts = { with: host({ board: "pi4", fleet: { secrets } }), without: host({ board: "pi4" }) };
    const after = await valuesOf(hosts, "fleet.firstBoot.afterwards");
    match(String(after["with"]), /-decrypt-secrets /);
    equal(after["without"], "");
  });

  it("have a provisioning image each, which knows no fleet and is nobody's", async () => {
    const apply = `builtins.mapAttrs (_: { config, ... }: {
      toplevel = config.system.build.toplevel.drvPath;
      image = config.system.build.sdImage.drvPath;
      host = config.systemd.services.pi-fleet-first-boot.environment.HOST;
      keys = map (key: key.type) config.services.openssh.hostKeys;
      accounts = builtins.filter (name: config.users.users.\${name}.isNormalUser) (builtins.attrNames config.users.users);
    })`;
    const provisioning = async (hosts: Record<string, unknown>) => {
      const flake = await nix.flakeArguments(hosts, "provisioning");
      const printed = await nix.copy.outputOf("nix", "eval", "--json", ...flake, "--apply", apply);
      return JSON.parse(printed) as Record<string, Settings>;
    };
    const images = await provisioning({ a: host({}) });
    deepEqual(Object.keys(images), ["pi2", "pi3", "pi4", "pi5", "zero2w"]);
    for (const { host, keys, accounts } of Object.values(images))
      deepEqual([host, keys, accounts], ["", ["ed25519"], []]);
    deepEqual(await provisioning({ b: host({ board: "pi4", user: "other" }) }), images);
  });
});
