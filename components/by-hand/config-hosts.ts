import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, extname, join, relative, resolve } from "node:path";
import { parseDocument } from "yaml";
import { z } from "zod";
import { expandHome } from "../shared/local-path.js";
import { UserError } from "../shared/user-error.js";
import { selectedStack } from "./engine.js";

/** Where the selected stack's config has its hosts. */
export interface ConfigHosts {
  /** The file as a person would name it here. */
  readonly name: string;
  readonly file: string;
  /** The keys of the file that lead to the hosts; none in a hostsFile. */
  readonly path: readonly string[];
  /** The hosts as they are written; nothing of them is checked yet. */
  readonly hosts: Readonly<Record<string, unknown>>;
}

const hostsKey = "pi-fleet:hosts";
const map = z.record(z.string(), z.unknown());

/** Reads the hosts of the selected stack's own file, or of its hostsFile. @throws UserError */
export async function configHosts(): Promise<ConfigHosts> {
  const { dir, file } = await stackFile();
  const stack = await readYaml(file);
  const config = map.catch({}).parse(stack["config"]);
  const apart = config["pi-fleet:hostsFile"];
  if (typeof apart === "string") {
    const hostsFile = resolve(dir, expandHome(apart));
    return { name: shown(hostsFile), file: hostsFile, path: [], hosts: await readYaml(hostsFile) };
  }
  const hosts = map.safeParse(config[hostsKey]);
  if (!hosts.success)
    throw new UserError(
      `${shown(file)} has no map ${hostsKey} below config:, which names the Pis (docs/config.md).`,
    );
  return { name: shown(file), file, path: ["config", hostsKey], hosts: hosts.data };
}

/**
 * `Pulumi.STACK.yaml` of the project that the engine would find, and the project's folder (pulumi, sdk/go/common/workspace/paths.go,
 * DetectProjectStackPath).
 */
async function stackFile(): Promise<{ dir: string; file: string }> {
  const project = projectFile(process.cwd());
  const stack = await selectedStack();
  const dir = dirname(project);
  const { stackConfigDir, config } = await readYaml(project);
  // Older projects say it as `config: FOLDER`.
  const folder = [stackConfigDir, config].find((value) => typeof value === "string") ?? ".";
  return { dir, file: join(dir, folder, `Pulumi.${stack}${extname(project)}`) };
}

function projectFile(dir: string): string {
  const found = ["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"].map((name) => join(dir, name)).find(existsSync);
  if (found) return found;
  if (dirname(dir) === dir) throw new UserError(`There is no Pulumi.yaml in ${process.cwd()} or above it.`);
  return projectFile(dirname(dir));
}

async function readYaml(file: string): Promise<Record<string, unknown>> {
  const text = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new UserError(`${shown(file)} can't be read: ${cause.message}`, { cause });
  });
  const document = parseDocument(text, { merge: true, prettyErrors: false });
  const [fault] = document.errors;
  if (fault) throw new UserError(`${shown(file)} is no YAML: ${fault.message}`);
  const value = map.safeParse(document.toJS({ maxAliasCount: 100_000 }) ?? {});
  if (!value.success) throw new UserError(`${shown(file)} is no map.`);
  return value.data;
}

function shown(file: string): string {
  const here = relative(process.cwd(), file);
  return here.startsWith("..") ? file : here;
}
