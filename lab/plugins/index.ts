import { createRequire } from "node:module";
import { mkdir, readlink, rename, rm, symlink } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { cacheDir, contentKey } from "../engine/cache.js";
import { bundleStandIn } from "./bundle.js";
import { canDownload, downloadedPlugin, installedPlugin, pluginFile } from "./real.js";

const NAMES = ["command", "tls", "github"] as const;
const CHOICE = "PI_FLEET_PLUGINS";

export interface PluginInUse {
  readonly name: (typeof NAMES)[number];
  readonly kind: "real" | "stand-in";
  readonly version: string;
}

export interface PluginOptions {
  /** The directory of `pulumi`, from ensureEngine. */
  readonly engineBinDir: string;
  readonly report: (line: string) => void;
  /**
   * A PULUMI_HOME of the lab's own, where the plugins are put as if installed. Plugins on PATH work too, but the
   * engine warns about each of them at every run.
   */
  readonly pulumiHome?: string;
  /**
   * Allows only these.
   * @default what PI_FLEET_PLUGINS says, else the real ones where they can be had
   */
  readonly choice?: PluginInUse["kind"];
}

export interface Plugins {
  /** Holds an executable pulumi-resource-<name> for each plugin, for PATH when there is no `pulumiHome`. */
  readonly binDir: string;
  readonly inUse: PluginInUse[];
  /** Lines that tell a person which ones are in use. */
  readonly describe: string[];
}

/**
 * The provider plugins: the real ones where they are installed or can be downloaded, else stand-ins.
 * PI_FLEET_PLUGINS=real|stand-in allows only those.
 */
export async function ensurePlugins(options: PluginOptions): Promise<Plugins> {
  const { engineBinDir, report, pulumiHome, choice = chosen() } = options;
  let reachable: Promise<boolean> | undefined;
  const pulumi = join(engineBinDir, "pulumi");

  const found = await Promise.all(
    NAMES.map(async (name) => {
      const version = versionOf(name);
      const real = async () =>
        (await installedPlugin(name, version, report)) ??
        ((await (reachable ??= canDownload())) ? downloadedPlugin(name, version, pulumi, report) : undefined);
      const executable = choice === "stand-in" ? undefined : await real();
      if (executable !== undefined) return { name, version, kind: "real" as const, executable };
      if (choice === "real") throw new Error(noRealPlugin(name, version));
      return { name, version, kind: "stand-in" as const, executable: await bundleStandIn(name) };
    }),
  );
  if (pulumiHome !== undefined) await installInto(pulumiHome, found);
  const inUse = found.map(({ name, kind, version }) => ({ name, kind, version }));
  return { binDir: await linkAll(found), inUse, describe: describe(inUse) };
}

function chosen(): PluginInUse["kind"] | undefined {
  const choice = process.env[CHOICE] || undefined;
  if (choice === undefined || choice === "real" || choice === "stand-in") return choice;
  throw new Error(`${CHOICE} is "${choice}": it must be real or stand-in.`);
}

/** The version that the program's SDK asks for. */
function versionOf(name: string): string {
  const require = createRequire(import.meta.url);
  return (require(`@pulumi/${name}/package.json`) as { version: string }).version;
}

function noRealPlugin(name: string, version: string): string {
  return (
    `The ${name} plugin ${version} is neither installed nor can it be downloaded, and ${CHOICE}=real forbids the ` +
    `stand-in. Run \`pulumi plugin install resource ${name} ${version}\` where there is a network, or unset ${CHOICE}.`
  );
}

function describe(inUse: PluginInUse[]): string[] {
  const of = (kind: PluginInUse["kind"]) =>
    inUse.filter((plugin) => plugin.kind === kind).map(({ name, version }) => `${name} ${version}`);
  const lines = [
    { what: "the real", names: of("real") },
    { what: "stand-ins (lab/plugins) for", names: of("stand-in") },
  ];
  return lines
    .filter(({ names }) => names.length > 0)
    .map(({ what, names }) => `plugins: ${what} ${names.join(", ")}`);
}

async function installInto(home: string, found: { name: string; version: string; executable: string }[]) {
  if (home === join(homedir(), ".pulumi"))
    throw new Error(`Stand-in plugins must not be put into ${home}: real stacks would use them.`);
  for (const { name, version, executable } of found) {
    const file = pluginFile(home, name, version);
    await mkdir(dirname(file), { recursive: true });
    const fresh = `${file}.${process.pid}`;
    await symlink(executable, fresh);
    await rename(fresh, file);
  }
}

async function linkAll(found: { name: string; executable: string }[]): Promise<string> {
  const executables = found.map(({ executable }) => executable);
  const dir = cacheDir("plugins", `bin-${contentKey(...executables)}`);
  const names = await Promise.all(
    found.map(({ name }) => readlink(join(dir, `pulumi-resource-${name}`)).catch(() => undefined)),
  );
  if (names.every((target, i) => target === executables[i])) return dir;
  const work = `${dir}.tmp-${process.pid}`;
  await mkdir(work, { recursive: true });
  for (const { name, executable } of found) await symlink(executable, join(work, `pulumi-resource-${name}`));
  await rm(dir, { recursive: true, force: true });
  // Another run may have put the same links there since: theirs are as good as ours.
  await rename(work, dir).catch(() => rm(work, { recursive: true, force: true }));
  return dir;
}
