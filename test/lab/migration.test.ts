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
    const key = join(copy.dir, "own-host-key");
    await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key]);
    const hostPublicKey = (await readFile(`${key}.pub`, "utf8")).trim();
    const pi = copy.host("lab-a");
    await copy.lab.flash(pi, {
      ...{ hostPrivateKey: await readFile(key, "utf8"), hostPublicKey, user: "pi" },
      authorizedKeys: [(await readFile(join(copy.lab.generatedDir, "user.pub"), "utf8")).trim()],
    });
    await pi.boot();
    await hosts({
      "lab-b": { board: "virtual" },
      "lab-a": { board: "virtual", buildHost: "nas", hostKey: hostPublicKey },
    });
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
  });

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

  function onPi(command: string): Promise<string> {
    return copy.onHost("lab-b", command);
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
