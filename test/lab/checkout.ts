import { equal } from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseDocument } from "yaml";
import type * as Hosts from "../../lab/hosts/index.js";
import { processes } from "./processes.js";

const checkout = resolve(import.meta.dirname, "../..");

/** A copy of this checkout, and so a lab of its own: the one that a person uses is left alone. */
export class Copy {
  private constructor(
    readonly dir: string,
    readonly lab: typeof Hosts,
  ) {}

  static async make(what: string): Promise<Copy> {
    const dir = await mkdtemp(join(tmpdir(), `pi-fleet-${what}-test-`));
    await cp(checkout, dir, { recursive: true, filter: isSource });
    await symlink(join(checkout, "node_modules"), join(dir, "node_modules"));
    return new Copy(dir, (await import(pathToFileURL(join(dir, "lab/hosts/index.ts")).href)) as typeof Hosts);
  }

  /** Runs pulumi in the lab. `out` is all that it printed. */
  async pulumi(...args: string[]): Promise<{ exitCode: number; stdout: string; out: string }> {
    const { exitCode, stdout, stderr } = await this.lab.exec(["pulumi", ...args, "--non-interactive"]);
    return { exitCode, stdout, out: `${stdout}\n${stderr}` };
  }

  /** Runs a script as root on a host and gives what it printed; it must succeed. */
  async onHost(name: string, script: string): Promise<string> {
    const { exitCode, stdout, stderr } = await this.lab.host(name).run(["sh", "-c", script]);
    equal(exitCode, 0, `${name}: ${script}: ${String(stderr)}`);
    return String(stdout).trim();
  }

  /** Writes the card that the stack has made for a Pi, and boots it. */
  async flash(pi: string): Promise<void> {
    const { stdout } = await this.pulumi("stack", "output", "firstBoot", "--show-secrets", "--json");
    const bundles = JSON.parse(stdout) as Record<string, Parameters<typeof Hosts.flash>[1]>;
    const host = this.lab.host(pi);
    await this.lab.flash(host, bundles[pi]!);
    await host.boot();
  }

  get stackFile(): string {
    return join(this.dir, "Pulumi.lab.yaml");
  }

  /** Sets a value below `config` of the stack's file; undefined takes it away. */
  async config(path: string[], value: unknown): Promise<void> {
    const document = parseDocument(await readFile(this.stackFile, "utf8"));
    if (value === undefined) document.deleteIn(["config", ...path]);
    else document.setIn(["config", ...path], document.createNode(value));
    await writeFile(this.stackFile, document.toString());
  }

  /** The processes that run in this checkout. */
  async processes(): Promise<{ pid: number; argv: string }[]> {
    return (await processes()).filter(({ cwd }) => cwd === this.dir);
  }

  /** How many steps of the fleet's Commands run now. */
  async steps(): Promise<number> {
    return (await this.processes()).filter(({ argv }) => argv.includes("pi-fleet/step")).length;
  }

  /** The running `pulumi up`s. */
  async engines(): Promise<number[]> {
    return (await this.processes()).filter(({ argv }) => argv.startsWith("pulumi up")).map(({ pid }) => pid);
  }

  async remove(): Promise<void> {
    await this.lab.stopLab();
    await rm(this.dir, { recursive: true, force: true });
  }
}

function isSource(path: string): boolean {
  const [first = "", second] = relative(checkout, path).split("/");
  return ![".git", "node_modules", "dist"].includes(first) && !(first === "lab" && second === ".run");
}
