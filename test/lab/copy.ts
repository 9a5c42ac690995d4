import { equal, ok } from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { execa } from "execa";
import { parseDocument } from "yaml";
import type * as Hosts from "../../lab/hosts/index.js";
import { skip } from "../skip.js";
import { endWithMocha } from "./end-with-mocha.js";
import { processes } from "./processes.js";

const checkout = resolve(import.meta.dirname, "../..");

/** A copy of this checkout. It has a lab of its own, so the one that a person uses is left alone. */
export class Copy {
  /** What commands on the laptop and the lab's command line printed so far, except where secrets were asked for. */
  printed = "";
  private readonly removed = new AbortController();
  private removing: Promise<void> | undefined;
  private readonly removedInTime = endWithMocha(this);

  private constructor(
    readonly dir: string,
    readonly lab: typeof Hosts,
  ) {}

  /** For the `before` of the suite that has this lab. Skips the suite without root, which a lab needs. */
  static async make(context: Mocha.Context, what: string): Promise<Copy> {
    if (process.getuid?.() !== 0) skip(context, "the lab needs root");
    const dir = await mkdtemp(join(tmpdir(), `pi-fleet-${what}-test-`));
    await cp(checkout, dir, { recursive: true, filter: isSource });
    await symlink(join(checkout, "node_modules"), join(dir, "node_modules"));
    return new Copy(dir, (await import(pathToFileURL(join(dir, "lab/hosts/index.ts")).href)) as typeof Hosts);
  }

  host(name: string): Hosts.Host {
    return this.lab.host(name);
  }

  /** Runs a command on the laptop. */
  async onLaptop(...argv: string[]): Promise<Hosts.ExecResult> {
    return this.recorded(argv, await this.lab.exec(argv));
  }

  /** Runs a command on the laptop, which must succeed, and gives what it printed. */
  async outputOf(...argv: string[]): Promise<string> {
    const { stdout, stderr, exitCode } = await this.lab.exec(argv);
    equal(exitCode, 0, `${argv.join(" ")}: ${stderr}`);
    return stdout;
  }

  /** Runs a script as root on a host and gives what it printed; it must succeed. */
  async onHost(name: string, script: string): Promise<string> {
    const { exitCode, stdout, stderr } = await this.lab.host(name).run(["sh", "-c", script]);
    equal(exitCode, 0, `${name}: ${script}: ${String(stderr)}`);
    return String(stdout).trim();
  }

  /** Runs `npm run pi` on the laptop. */
  byHand(...args: string[]): Promise<Hosts.ExecResult> {
    return this.onLaptop("node", "pi.js", ...args);
  }

  /** Runs `npm run lab`, outside the lab. */
  async npmRunLab(): Promise<{ exitCode: number | undefined; out: string }> {
    const { exitCode, all } = await execa(process.execPath, ["--import=tsx", "lab/cli.ts"], {
      cwd: this.dir,
      reject: false,
      stdin: "ignore",
      all: true,
      cancelSignal: this.removed.signal,
      killSignal: "SIGKILL",
    });
    this.printed += all;
    return { exitCode, out: all };
  }

  /** Runs pulumi in the lab. `out` is all that it printed. */
  async pulumi(...args: string[]): Promise<{ exitCode: number; stdout: string; out: string }> {
    const { exitCode, stdout, stderr } = await this.onLaptop("pulumi", ...args, "--non-interactive");
    return { exitCode, stdout, out: `${stdout}\n${stderr}` };
  }

  /** Runs an `up` that may fail. */
  tryUp() {
    return this.pulumi("up", "--yes", "--skip-preview");
  }

  /** Runs an `up` that must succeed, and gives what it printed. */
  async up(): Promise<string> {
    const { exitCode, out } = await this.tryUp();
    equal(exitCode, 0, out);
    return out;
  }

  /** Starts an `up`, which is still under way when this returns. */
  async startUp(): Promise<Hosts.RunningCommand> {
    const argv = ["pulumi", "up", "--yes", "--skip-preview", "--non-interactive"];
    const running = await this.lab.start(argv);
    return { ...running, result: running.result.then((result) => this.recorded(argv, result)) };
  }

  /** Waits until a command has printed this. */
  async untilPrinted(running: Hosts.RunningCommand, words: RegExp): Promise<void> {
    await this.lab.until(
      () => Promise.resolve(words.test(running.printed())),
      90,
      () => `${words.source} was not printed:\n${running.printed()}`,
    );
  }

  /** A preview must show no change. Gives what it printed. */
  async nothingToChange(): Promise<string> {
    const { exitCode, out } = await this.pulumi("preview", "--diff", "--expect-no-changes");
    equal(exitCode, 0, out);
    return out;
  }

  /** The names of the resources that a preview would change, sorted. */
  async changed(): Promise<string[]> {
    const { stdout, out } = await this.pulumi("preview", "--json");
    const { steps } = JSON.parse(stdout.slice(stdout.indexOf("{"))) as {
      steps?: { op: string; urn: string }[];
    };
    ok(steps, out);
    const changes = steps.filter(({ op }) => !["same", "read"].includes(op));
    return [...new Set(changes.map(({ urn }) => urn.split("::").at(-1) ?? ""))].sort();
  }

  /** Sets a secret of the stack, below `pi-fleet:secrets`. */
  async setSecret(name: string, value: string): Promise<void> {
    const argv = ["pulumi", "config", "set", "--secret", "--path", `pi-fleet:secrets.${name}`];
    const { exitCode, stderr } = await this.lab.exec(argv, { input: value });
    equal(exitCode, 0, stderr);
  }

  /** Flashes the card that the stack has made for a Pi, and boots the Pi. */
  async flash(pi: string): Promise<void> {
    const { stdout } = await this.pulumi("stack", "output", "firstBoot", "--show-secrets", "--json");
    const bundles = JSON.parse(stdout) as Record<string, Parameters<typeof Hosts.flash>[1]>;
    const host = this.lab.host(pi);
    await this.lab.flash(host, bundles[pi]!);
    await host.boot();
  }

  private recorded(argv: readonly string[], result: Hosts.ExecResult): Hosts.ExecResult {
    if (!argv.includes("--show-secrets")) this.printed += `${result.stdout}\n${result.stderr}\n`;
    return result;
  }

  get stackFile(): string {
    return join(this.dir, "Pulumi.lab.yaml");
  }

  /** Sets a value below `config` in the stack's file; undefined removes it. */
  async config(path: string[], value: unknown): Promise<void> {
    const document = parseDocument(await readFile(this.stackFile, "utf8"));
    if (value === undefined) document.deleteIn(["config", ...path]);
    else document.setIn(["config", ...path], document.createNode(value));
    await writeFile(this.stackFile, document.toString());
  }

  /** The processes whose working directory is this copy. */
  async processes(): Promise<{ pid: number; argv: string }[]> {
    return (await processes()).filter(({ cwd }) => cwd === this.dir);
  }

  /** How many step processes of Commands are running. */
  async steps(): Promise<number> {
    return (await this.processes()).filter(({ argv }) => argv.includes("pi-fleet/step")).length;
  }

  /** The process ids of the running `pulumi up`s. */
  async engines(): Promise<number[]> {
    return (await this.processes()).filter(({ argv }) => argv.startsWith("pulumi up")).map(({ pid }) => pid);
  }

  /** Ends the lab and deletes the copy. A test's hook may ask for that while an interruption does. */
  remove(): Promise<void> {
    return (this.removing ??= this.removeOnce());
  }

  private async removeOnce(): Promise<void> {
    this.removed.abort();
    await this.lab.stopLab();
    await rm(this.dir, { recursive: true, force: true });
    this.removedInTime();
  }
}

function isSource(path: string): boolean {
  const [first = "", second] = relative(checkout, path).split("/");
  return ![".git", "node_modules", "dist"].includes(first) && !(first === "lab" && second === ".run");
}
