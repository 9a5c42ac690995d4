import { equal } from "node:assert/strict";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { Copy } from "../copy.js";
import { host, type Settings } from "./modules.js";

type Plan = Record<string, { drvPath: string; toplevel: string; system: string }>;

let shared: Promise<NixLab> | undefined;

after(async function () {
  this.timeout(60_000);
  await (await shared?.catch(() => undefined))?.copy.remove();
});

/** For a `before`: the lab, started. The files of this folder share it, as they run in one mocha process. */
export function nixLab(context: Mocha.Context): Promise<NixLab> {
  return (shared ??= NixLab.start(context));
}

/** Nix on the laptop, and Pis to switch by hand: no Pulumi here. */
export class NixLab {
  private readonly booted = new Set<string>();

  private constructor(
    readonly copy: Copy,
    /** The public ssh key of the lab's person. */
    readonly person: string,
  ) {}

  static async start(context: Mocha.Context): Promise<NixLab> {
    const copy = await Copy.make(context, "nix");
    await copy.lab.startLab(() => undefined);
    return new NixLab(copy, (await readFile(join(copy.lab.generatedDir, "user.pub"), "utf8")).trim());
  }

  /** Asks the flake for the plan of these hosts, which may fail. */
  async evaluate(hosts: Record<string, unknown>, flake?: string) {
    return this.copy.onLaptop(
      ...["nix", "eval", "--json"],
      ...(await this.flakeArguments(hosts, "fleetPlan", flake)),
    );
  }

  async planOf(hosts: Record<string, unknown>, flake?: string): Promise<Plan> {
    const { stdout, stderr, exitCode } = await this.evaluate(hosts, flake);
    equal(exitCode, 0, stderr);
    return JSON.parse(stdout) as Plan;
  }

  /** An attribute of the flake for a fleet of these hosts, with the overrides that it takes. */
  async flakeArguments(
    hosts: Record<string, unknown>,
    attribute: string,
    flake = join(this.copy.dir, "nix"),
  ): Promise<string[]> {
    const fleet = await mkdtemp(join(this.copy.dir, "fleet-"));
    await writeFile(join(fleet, "fleet.json"), JSON.stringify({ hosts }));
    const nixpkgs = `path:${this.copy.lab.generatedDir}/nixpkgs`;
    return [
      `path:${flake}#${attribute}`,
      "--no-write-lock-file",
      ...["--override-input", "nixpkgs", nixpkgs],
      ...["--override-input", "nixos-hardware", `${nixpkgs}/nixos-hardware`],
      ...["--override-input", "fleet", `path:${fleet}`],
    ];
  }

  /** A virtual Pi that the lab's person can log in to. */
  host(overrides: Settings, settings: Settings = {}) {
    return host({ authorizedKeys: [this.person], ...overrides }, settings);
  }

  /** Builds the toplevel of a host and copies it there. */
  async deploy(name: string, config: unknown): Promise<string> {
    const attribute = `nixosConfigurations.${name}.config.system.build.toplevel`;
    const flake = await this.flakeArguments({ [name]: config }, attribute);
    const toplevel = await this.copy.outputOf("nix", "build", "--no-link", "--print-out-paths", ...flake);
    const copied = await this.copy.lab.exec(
      ["nix", "copy", "--no-check-sigs", "--to", `ssh-ng://pi@${name}.local`, toplevel],
      { env: { NIX_SSHOPTS: "-oBatchMode=yes" } },
    );
    equal(copied.exitCode, 0, copied.stderr);
    return toplevel;
  }

  async switchTo(name: string, toplevel: string, action: string) {
    const program = `${toplevel}/bin/switch-to-configuration`;
    const { exitCode, stderr } = await this.copy.host(name).run([program, action]);
    return { exitCode, stderr: String(stderr) };
  }

  /** Switches to a system with these options of `fleet`. */
  async switchOk(name: string, fleet: Settings, overrides: Settings = {}): Promise<void> {
    const toplevel = await this.deploy(name, this.host({ fleet, ...overrides }));
    const { exitCode, stderr } = await this.switchTo(name, toplevel, "test");
    equal(exitCode, 0, stderr);
  }

  ssh(name: string, user: string, command: string) {
    return this.copy.onLaptop("ssh", "-oBatchMode=yes", `${user}@${name}.local`, command);
  }

  /** Once for each host. Its key pair is NAME-key in the copy. */
  async flashAndBoot(name: string): Promise<void> {
    if (this.booted.has(name)) return;
    this.booted.add(name);
    const key = join(this.copy.dir, `${name}-key`);
    await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", key]);
    const hostPublicKey = (await readFile(`${key}.pub`, "utf8")).trim();
    const pi = this.copy.host(name);
    await this.copy.lab.flash(pi, {
      hostPrivateKey: await readFile(key, "utf8"),
      hostPublicKey,
      user: "pi",
      authorizedKeys: [this.person],
      secrets: [{ path: "/var/lib/pi-fleet-secrets/first", content: "of the card" }],
    });
    await pi.boot();
  }
}
