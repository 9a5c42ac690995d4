import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { execa, ExecaError } from "execa";

/** A checker that is no npm package. */
export interface Tool {
  readonly command: string;
  /** Names the copy in the cache: another version is another copy. */
  readonly version: string;
  /** Whether the one on PATH will do, by what its `--version` prints. */
  readonly accepts: (version: string) => boolean;
  readonly install: (directory: string) => Promise<unknown>;
  /** The command's path in the directory it was installed into. */
  readonly installedAs: string;
  /** What a person does when it can't be installed. */
  readonly advice: string;
}

/** shellcheck out of Debian's package: npm, PyPI and crates.io have only packages that download it elsewhere. */
export const shellcheck: Tool = {
  command: "shellcheck",
  version: "debian",
  accepts: () => true,
  install: (directory) => extractDebianPackage("shellcheck", directory),
  installedAs: "usr/bin/shellcheck",
  advice: "Install shellcheck: apt, dnf, brew and nixpkgs have it.",
};

/** The official formatter of Nix, or the one in Rust that formats alike. */
export const nixfmt: Tool = {
  command: "nixfmt",
  version: "0.5.3",
  // Before 1.0 nixfmt had the style from before RFC 166.
  accepts: (version) => /nixfmt-rs|\b[1-9]\d*\.\d/.test(version),
  install: (directory) => cargoInstall("nixfmt_rs@0.5.3", directory),
  installedAs: "bin/nixfmt",
  advice: "Install nixfmt 1.0 or newer, or Rust 1.87 or newer (rustup.rs) to have it built.",
};

/** Finds what no Nix expression uses. */
export const deadnix: Tool = {
  command: "deadnix",
  version: "1.3.1",
  accepts: () => true,
  install: (directory) => cargoInstall("deadnix@1.3.1", directory),
  installedAs: "bin/deadnix",
  advice: "Install deadnix, or Rust 1.87 or newer (rustup.rs) to have it built.",
};

/** The tool could not be had: the message says why, and what to do. */
export class ToolMissingError extends Error {
  override readonly name = "ToolMissingError";
}

/** The path of the tool: the one on PATH, else the one in the cache, which is installed the first time. */
export async function findTool(tool: Tool, say: (message: string) => void): Promise<string> {
  if (await isOnPath(tool)) return tool.command;

  const directory = join(cacheDirectory(), `${tool.command}-${tool.version}`);
  if (!existsSync(directory)) {
    say(`${tool.command}: not on PATH; installing it into ${directory}, once`);
    await installInto(directory, tool);
  }
  return join(directory, tool.installedAs);
}

async function isOnPath(tool: Tool): Promise<boolean> {
  const { failed, stdout, stderr } = await execa(tool.command, ["--version"], { reject: false });
  return !failed && tool.accepts(stdout + stderr);
}

function cacheDirectory(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "pi-fleet", "tools");
}

// Installed beside its place and moved there when it works: an interrupted install is never used.
async function installInto(directory: string, tool: Tool): Promise<void> {
  mkdirSync(dirname(directory), { recursive: true });
  const workDirectory = mkdtempSync(`${directory}.`);
  try {
    await tool.install(workDirectory);
    await execa(join(workDirectory, tool.installedAs), ["--version"]);
    // Another run may have finished first; its copy is as good.
    if (!existsSync(directory)) renameSync(workDirectory, directory);
  } catch (error) {
    throw new ToolMissingError(`${tool.command} could not be installed: ${reason(error)}\n${tool.advice}`, {
      cause: error,
    });
  } finally {
    rmSync(workDirectory, { recursive: true, force: true });
  }
}

async function cargoInstall(crate: string, directory: string): Promise<void> {
  await execa("cargo", ["install", "--quiet", "--locked", "--root", directory, crate], { timeout: 900_000 });
}

// Package lists of its own: a new machine has none, and those of the machine are not ours to update.
async function extractDebianPackage(name: string, directory: string): Promise<void> {
  const scratch = mkdtempSync(join(directory, "apt."));
  const apt = (...args: string[]) =>
    execa("apt-get", ["--quiet=2", "-o", `Dir::State::Lists=${scratch}/lists`, ...args], {
      cwd: scratch,
      timeout: 300_000,
    });
  mkdirSync(join(scratch, "lists", "partial"), { recursive: true });
  await apt("-o", `Dir::Cache=${scratch}`, "update");
  await apt("-o", `Dir::Cache=${scratch}`, "download", name);

  const archive = readdirSync(scratch).find((file) => file.endsWith(".deb"));
  if (archive === undefined) throw new Error(`apt-get downloaded no package ${name}`);
  await execa("dpkg-deb", ["--extract", join(scratch, archive), directory]);
  rmSync(scratch, { recursive: true });
}

function reason(error: unknown): string {
  if (!(error instanceof ExecaError)) return String(error);
  if (error.code === "ENOENT") return `${error.command.split(" ")[0]} is not on PATH`;
  const lastLine = String(error.stderr ?? "")
    .trim()
    .split("\n")
    .at(-1);
  return `${error.shortMessage}\n${lastLine}`;
}
