import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { z } from "zod";
import {
  aFewAtOnce,
  execOnLaptop,
  type FirstBootBundle,
  flash,
  generatedDir,
  host,
  isFlashedWith,
  labDir,
  stackFile,
  type Tools,
} from "../lab/hosts/index.js";
import { checkout } from "../lab/hosts/paths.js";
import { BenchError } from "./bench-error.js";
import { put } from "./put.js";

/** The toplevel of each Pi. */
export type Systems = Readonly<Record<string, string>>;

const plan = z.record(z.string(), z.object({ drvPath: z.string(), toplevel: z.string() }));

/** The Pis that are measured, in the lab of this checkout. */
export class Fleet {
  /** What each Pi runs. */
  systems: Systems = {};
  /** Store paths that stay on the Pis whatever is put on them. */
  readonly kept: string[] = [];
  private changes = 0;

  constructor(
    readonly pis: readonly string[],
    readonly tools: Tools,
  ) {}

  /** Gives each Pi a module of this bench, and converges. Flashes and boots Pis that are new. */
  async begin(): Promise<void> {
    await this.change(this.pis);
    await this.addModules();
    if ((await this.bundles()) === undefined) await this.up();
    await aFewAtOnce(Object.entries((await this.bundles()) ?? {}), async ([pi, bundle]) => {
      if (!(await isFlashedWith(host(pi), bundle))) await flash(host(pi), bundle);
      await host(pi).boot();
    });
    await this.up();
    this.systems = await this.configured();
    await this.verify();
  }

  /** Changes the configuration of some Pis, builds their next systems and gives those of all. Deploys nothing. */
  async next(pis: readonly string[], slowSeconds = 0): Promise<Systems> {
    await this.change(pis, slowSeconds);
    return this.configured();
  }

  /** Deploys what is configured, unmeasured. */
  async up(): Promise<void> {
    await this.output("pulumi", "up", "--yes", "--skip-preview", "--non-interactive");
  }

  /** Makes the Pis what they would be if `systems` had been deployed to them and nothing else. */
  async put(systems: Systems): Promise<void> {
    await aFewAtOnce(this.pis, (pi) => put(pi, systems[pi]!, this.kept));
  }

  /** Gives each Pi a fresh card with the identity that it has, and boots it. */
  async flashAll(): Promise<void> {
    const bundles = (await this.bundles()) ?? {};
    await aFewAtOnce(this.pis, async (pi) => {
      await flash(host(pi), bundles[pi]!);
      await host(pi).boot();
    });
  }

  /** Fails when a Pi does not run what it should. */
  async verify(systems = this.systems): Promise<void> {
    const wrong: string[] = [];
    await aFewAtOnce(this.pis, async (pi) => {
      const runs = String((await host(pi).run(["readlink", "-f", "/run/current-system"])).stdout);
      if (runs !== systems[pi]) wrong.push(`${pi} runs ${runs} in place of ${systems[pi]}`);
    });
    if (wrong.length > 0)
      throw new BenchError(`The deployment is not what was asked for: ${wrong.join("; ")}`);
  }

  /** The evaluation of the whole fleet, as the program does it. */
  async evaluation(): Promise<string[]> {
    const dir = labDir("bench/fleet");
    await mkdir(dir, { recursive: true });
    const json = await this.output("pulumi", "stack", "output", "fleetJson", "--show-secrets");
    await writeFile(join(dir, "fleet.json"), json);
    const inputs = {
      nixpkgs: `${generatedDir}/nixpkgs`,
      "nixos-hardware": `${generatedDir}/nixpkgs/nixos-hardware`,
      fleet: dir,
    };
    return [
      ...["nix", "eval", "--json", "--no-write-lock-file", `path:${checkout}/nix#fleetPlan`],
      ...Object.entries(inputs).flatMap(([name, path]) => ["--override-input", name, `path:${path}`]),
    ];
  }

  /** Runs a command on the laptop that must succeed. Gives what it printed. */
  async output(...argv: string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await (await execOnLaptop(this.tools, argv)).result;
    if (exitCode === 0) return stdout;
    throw new BenchError(`${argv.join(" ").slice(0, 200)} failed.\n${`${stdout}\n${stderr}`.slice(-3000)}`);
  }

  /** The systems of the Pis as configured now, built. */
  async configured(): Promise<Systems> {
    const all = plan.parse(JSON.parse(await this.output(...(await this.evaluation()))));
    const chosen = this.pis.map((pi) => [pi, all[pi]!] as const);
    await this.output("nix", "build", "--no-link", ...chosen.map(([, { drvPath }]) => `${drvPath}^out`));
    return Object.fromEntries(chosen.map(([pi, { toplevel }]) => [pi, toplevel]));
  }

  /** Each change has its number in a file of /etc. A slow one also has a service that takes its time to start. */
  private async change(pis: readonly string[], slowSeconds = 0): Promise<void> {
    const number = `${Date.now()}-${this.changes++}`;
    const slow = `systemd.services.bench-slow = {
    wantedBy = [ "multi-user.target" ];
    serviceConfig = { Type = "oneshot"; RemainAfterExit = true; ExecStart = "/bin/sh -c 'sleep ${slowSeconds}; : ${number}'"; };
  };`;
    await mkdir(join(checkout, "nix/hosts/bench"), { recursive: true });
    for (const pi of pis) {
      await writeFile(
        join(checkout, "nix/hosts/bench", `${pi}.nix`),
        `{\n  environment.etc.bench.text = "${number}";\n  ${slowSeconds > 0 ? slow : ""}\n}\n`,
      );
    }
  }

  private async addModules(): Promise<void> {
    const document = parseDocument(await readFile(stackFile, "utf8"));
    for (const pi of this.pis) {
      document.setIn(
        ["config", "pi-fleet:hosts", pi, "modules"],
        document.createNode([`hosts/bench/${pi}.nix`]),
      );
    }
    await writeFile(stackFile, document.toString());
  }

  /** What the first boot of each Pi needs; undefined before the first `up`. */
  private async bundles(): Promise<Record<string, FirstBootBundle> | undefined> {
    const argv = ["pulumi", "stack", "output", "firstBoot", "--json", "--show-secrets"];
    const { exitCode, stdout } = await (await execOnLaptop(this.tools, argv)).result;
    return exitCode === 0 ? (JSON.parse(stdout) as Record<string, FirstBootBundle>) : undefined;
  }
}
