import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { processes } from "../lab/processes.js";

const RUN_MS = 120_000;

export interface Resource {
  readonly type: "local" | "remote" | "key" | (string & {});
  readonly name: string;
  readonly args: object;
  readonly opts?: object;
}

export interface Spec {
  readonly resources?: Resource[];
  readonly runs?: { name: string; args: object }[];
  readonly outputs?: { name: string; of: [resource: string, output: string] }[];
}

/** One step of `pulumi preview --json`. */
export interface Step {
  readonly op: string;
  readonly urn: string;
  readonly newState?: { inputs?: Record<string, unknown>; outputs?: Record<string, unknown> };
  readonly diffReasons?: string[];
  readonly replaceReasons?: string[];
  readonly detailedDiff?: Record<string, { kind: string; inputDiff: boolean }>;
}

export interface Finished {
  readonly exitCode: number;
  readonly text: string;
}

export interface ResourceState {
  readonly id: string;
  readonly type: string;
  readonly inputs: Record<string, unknown>;
  readonly outputs: Record<string, unknown>;
}

/** A stack of its own in a temporary directory, with a file backend, run by the real engine. */
export class Project {
  private constructor(
    readonly dir: string,
    private readonly env: Record<string, string>,
  ) {}

  static async create(engineBinDir: string, pluginBinDirs: string[]): Promise<Project> {
    const root = await mkdtemp(join(tmpdir(), "pi-fleet-conformance-"));
    const dir = join(root, "project");
    await mkdir(join(root, "state"));
    await mkdir(dir);
    await copyFile(join(import.meta.dirname, "program.cjs"), join(dir, "program.cjs"));
    await symlink(join(import.meta.dirname, "..", "..", "node_modules"), join(dir, "node_modules"));
    await writeFile(join(dir, "package.json"), '{ "name": "conformance", "main": "program.cjs" }\n');
    await writeFile(
      join(dir, "Pulumi.yaml"),
      "name: conformance\nruntime:\n  name: nodejs\n  options:\n    typescript: false\nmain: program.cjs\n",
    );
    const project = new Project(dir, {
      PATH: [engineBinDir, ...pluginBinDirs, process.env.PATH].join(":"),
      PULUMI_HOME: join(root, "home"),
      PULUMI_BACKEND_URL: `file://${join(root, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "conformance",
      PULUMI_SKIP_UPDATE_CHECK: "1",
      CONFORMANCE_INHERITED: "from the engine",
      CONFORMANCE_SPEC: join(dir, "spec.json"),
    });
    await project.pulumi("stack", "init", "test");
    return project;
  }

  /** A file name in the project's directory, where commands run. */
  file(name: string): string {
    return join(this.dir, name);
  }

  async up(spec: Spec, ...options: string[]): Promise<Finished> {
    await this.write(spec);
    return this.pulumi("up", "--yes", "--skip-preview", ...options);
  }

  /** Starts an `up`, to be interrupted. `done` resolves when it has ended. */
  async startUp(spec: Spec) {
    await this.write(spec);
    const done = this.start("up", "--yes", "--skip-preview");
    return { done, kill: (signal: NodeJS.Signals) => done.kill(signal) };
  }

  /** What would change, step by step. */
  async preview(spec: Spec): Promise<{ steps: Step[]; exitCode: number; text: string }> {
    await this.write(spec);
    const { stdout, stderr, exitCode } = await this.start("preview", "--json");
    const { steps = [] } = (stdout ? JSON.parse(String(stdout)) : {}) as { steps?: Step[] };
    return {
      steps: steps.filter(({ op }) => op !== "same"),
      exitCode: exitCode ?? -1,
      text: `${String(stdout)}\n${String(stderr)}`,
    };
  }

  async previewText(spec: Spec, ...options: string[]): Promise<Finished> {
    await this.write(spec);
    return this.pulumi("preview", ...options);
  }

  async destroy(): Promise<Finished> {
    return this.pulumi("destroy", "--yes", "--skip-preview");
  }

  /** Removes the lock of a run that was killed. */
  async cancel(): Promise<Finished> {
    return this.pulumi("cancel", "--yes");
  }

  /** The resource as it stands in the state, secrets in clear. */
  async state(name: string): Promise<ResourceState | undefined> {
    return (await this.exported("--show-secrets")).find(({ urn }) => urn.endsWith(`::${name}`));
  }

  /** An output of the resource, as it stands in the state. */
  async output(name: string, key = "stdout"): Promise<unknown> {
    return (await this.state(name))?.outputs[key];
  }

  /** The state as it lies on disk, secrets encrypted. */
  async stateText(): Promise<string> {
    return JSON.stringify(await this.exported());
  }

  async outputs(): Promise<Record<string, unknown>> {
    const { stdout } = await this.start("stack", "output", "--json", "--show-secrets");
    return JSON.parse(String(stdout)) as Record<string, unknown>;
  }

  /** The real plugin stays when its engine was killed (NOT_MODELLED of lab/plugins/command.ts), so it is ended here. */
  async remove(): Promise<void> {
    for (const { pid, argv, cwd } of await processes())
      if (cwd === this.dir && argv.includes("pulumi-resource-")) process.kill(pid, "SIGKILL");
    await rm(join(this.dir, ".."), { recursive: true, force: true });
  }

  private async exported(...options: string[]): Promise<(ResourceState & { urn: string })[]> {
    const { stdout } = await this.start("stack", "export", ...options);
    const { deployment } = JSON.parse(String(stdout)) as {
      deployment: { resources?: (ResourceState & { urn: string })[] };
    };
    return deployment.resources ?? [];
  }

  private async write(spec: Spec): Promise<void> {
    await writeFile(this.file("spec.json"), JSON.stringify(spec));
  }

  private async pulumi(...args: string[]): Promise<Finished> {
    const { exitCode, all } = await this.start(...args);
    return { exitCode: exitCode ?? -1, text: String(all) };
  }

  private start(...args: string[]) {
    return execa("pulumi", [...args, "--non-interactive"], {
      cwd: this.dir,
      env: this.env,
      all: true,
      reject: false,
      timeout: RUN_MS,
      stdin: "ignore",
    });
  }
}
