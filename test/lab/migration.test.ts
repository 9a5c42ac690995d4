import { equal, match, ok } from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { Copy } from "./copy.js";

// Somebody who has a flake of their own brings it, and may go back.
describe("a Pi with a flake of its own", function () {
  this.timeout(240_000);
  let copy: Copy;

  before(async function () {
    copy = await Copy.make(this, "migration");
    await hosts({ "lab-b": { board: "virtual" } });
    const { exitCode, out } = await copy.npmRunLab();
    equal(exitCode, 0, out);
  });

  after(async () => {
    await copy?.remove();
  });

  it("is deployed as it is, changes with it, and comes back", async () => {
    const ours = await current();
    const deployKey = await pulumi("stack", "output", "deployPublicKey");
    await mine("hello", deployKey.trim());
    await hosts({ "lab-b": { board: "virtual", flake: { ref: "./mine", attr: "bench" } } });

    const preview = await pulumi("preview", "--diff");
    match(preview, /TOPLEVEL *: "\S+" => "\S+-nixos-system-mine-\S+"/);
    await copy.up();
    match(await current(), /-nixos-system-mine-/);
    equal(await onPi("cat /etc/motd"), "hello");
    await pulumi("preview", "--expect-no-changes");

    await mine("hello again", deployKey.trim());
    await copy.up();
    equal(await onPi("cat /etc/motd"), "hello again");

    await hosts({ "lab-b": { board: "virtual" } });
    await copy.up();
    equal(await current(), ours);
  });

  it("is warned of a board that takes hours to build before anything is built", async () => {
    await hosts({ "lab-b": { board: "virtual" }, old: { board: "pi2" } });
    match(await pulumi("preview"), /old \(Raspberry Pi 2\): there is no public cache of armv7l/);
  });

  it("is adopted with its owner's key, and built on a build host that knows no other way in", async () => {
    const hostPublicKey = await flashed("own");
    await hosts({ "lab-b": { board: "virtual" }, "lab-a": { board: "virtual", buildHost: "nas" } });
    const before = await readFile(copy.stackFile, "utf8");
    const adopted = await copy.byHand("adopt", "lab-a", "--yes");
    equal(adopted.exitCode, 0, adopted.stdout + adopted.stderr);
    const shown = await onPi("ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub", "lab-a");
    ok(adopted.stderr.includes(shown.split(" ")[1]!), adopted.stderr);
    match(adopted.stdout, /\nlab-a is ready for pulumi preview and pulumi up\.$/);
    // One line more, and no other.
    const added = (await readFile(copy.stackFile, "utf8")).split("\n");
    equal(added.filter((line) => line.trim() !== `hostKey: ${hostPublicKey}`).join("\n"), before);
    equal(added.length, before.split("\n").length + 1);
    match(
      await copy.up(),
      /lab-a does not let nas in by the fleet's deploy key.*: copying through this machine/,
    );
    await pulumi("preview", "--expect-no-changes");

    await hosts({
      "lab-b": { board: "virtual" },
      "lab-a": {
        board: "virtual",
        buildHost: "nas",
        hostKey: hostPublicKey,
        goal: "boot",
        base: { generations: 3 },
      },
    });
    ok(!(await copy.up()).includes("copying through this machine"));
    const well = await copy.byHand("doctor", "lab-a");
    equal(well.exitCode, 0, well.stdout + well.stderr);

    // Another card: nothing is sent to it, and the new key is pinned only when that is asked for.
    const other = await flashed("other");
    const ill = await copy.byHand("doctor", "lab-a");
    equal(ill.exitCode, 1, ill.stdout);
    match(
      ill.stdout,
      /^wrong {2}host key: it shows SHA256:\S+, which is no key of this fleet; SHA256:\S+ was expected\./m,
    );
    match((await copy.byHand("adopt", "lab-a", "--yes")).stderr, /^hosts\.lab-a\.hostKey pins another key\./);
    equal((await copy.byHand("adopt", "lab-a", "--yes", "--replace")).exitCode, 0);
    ok((await readFile(copy.stackFile, "utf8")).includes(`hostKey: ${other}\n`));
  });

  /** A card for lab-a with a host key of its own, which lets only its owner in. The Pi boots it. */
  async function flashed(name: string): Promise<string> {
    const key = join(copy.dir, `${name}-host-key`);
    await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key]);
    const hostPublicKey = (await readFile(`${key}.pub`, "utf8")).trim();
    const pi = copy.host("lab-a");
    await copy.lab.flash(pi, {
      ...{ hostPrivateKey: await readFile(key, "utf8"), hostPublicKey, user: "pi" },
      authorizedKeys: [(await readFile(join(copy.lab.generatedDir, "user.pub"), "utf8")).trim()],
    });
    await pi.boot();
    return hostPublicKey;
  }

  function hosts(value: Record<string, unknown>): Promise<void> {
    return copy.config(["pi-fleet:hosts"], value);
  }

  async function mine(motd: string, deployKey: string): Promise<void> {
    const person = (await readFile(join(copy.lab.generatedDir, "user.pub"), "utf8")).trim();
    await mkdir(join(copy.dir, "mine"), { recursive: true });
    await writeFile(
      join(copy.dir, "mine/flake.nix"),
      `{
        inputs.nixpkgs.url = "path:${copy.lab.generatedDir}/nixpkgs";
        outputs = { nixpkgs, ... }: {
          nixosConfigurations.bench = nixpkgs.lib.nixosSystem {
            modules = [ {
              nixpkgs.hostPlatform = "x86_64-linux";
              boot.isContainer = true;
              networking.hostName = "mine";
              environment.etc.motd.text = "${motd}";
              services.openssh = { enable = true; startWhenNeeded = false; };
              security.sudo.wheelNeedsPassword = false;
              users.users.pi = {
                isNormalUser = true;
                extraGroups = [ "wheel" ];
                openssh.authorizedKeys.keys = [ "${person}" "${deployKey}" ];
              };
            } ];
          };
        };
      }`,
    );
  }

  function onPi(command: string, pi = "lab-b"): Promise<string> {
    return copy.onHost(pi, command);
  }

  function current(): Promise<string> {
    return onPi("readlink /run/current-system");
  }

  async function pulumi(...args: string[]): Promise<string> {
    const { exitCode, stdout, out } = await copy.pulumi(...args);
    equal(exitCode, 0, out);
    return stdout;
  }
});
