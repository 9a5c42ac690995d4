import { realpath } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { cacheDir } from "../engine/cache.js";
import { findOnPath, isExecutable } from "../engine/find-on-path.js";
import { timed } from "../engine/progress.js";
import { askVersion } from "./ask-version.js";

const PROBE_MS = 4_000;
const INSTALL_MS = 3 * 60_000;
const DOWNLOADS = "https://get.pulumi.com";

/** The real plugin's executable, when the machine has it in this version: where the engine installs it, or on PATH. */
export async function installedPlugin(
  name: string,
  version: string,
  report: (line: string) => void,
): Promise<string | undefined> {
  const program = `pulumi-resource-${name}`;
  const installed = pluginFile(pulumiHome(), name, version);
  if ((await isExecutable(installed)) && !(await isStandIn(installed))) return installed;
  for (const directory of (process.env.PATH ?? "").split(":")) {
    const file = await findOnPath(program, [directory]);
    if (file === undefined || (await isStandIn(file))) continue;
    const found = await askVersion(file);
    if (found === version) return file;
    report(`plugins: ${file} is left aside: it says ${found ?? "no version"}, and ${version} is wanted`);
  }
  return undefined;
}

/** Inside the lab its own stand-ins are on PATH. */
async function isStandIn(file: string): Promise<boolean> {
  return (await realpath(file)).startsWith(
    await realpath(cacheDir("plugins")).catch(() => cacheDir("plugins")),
  );
}

/** Downloads the real plugin as the engine itself would; undefined when that does not work. */
export async function downloadedPlugin(
  name: string,
  version: string,
  pulumi: string,
  report: (line: string) => void,
): Promise<string | undefined> {
  const { exitCode } = await timed(`plugins: downloading ${name} ${version}`, report, () =>
    execa(pulumi, ["plugin", "install", "resource", name, version], {
      timeout: INSTALL_MS,
      reject: false,
      stdin: "ignore",
      env: { PULUMI_SKIP_UPDATE_CHECK: "1" },
    }),
  );
  const file = pluginFile(pulumiHome(), name, version);
  return exitCode === 0 && (await isExecutable(file)) ? file : undefined;
}

/** False within some seconds when the downloads cannot be reached: `pulumi plugin install` itself would go on trying. */
export async function canDownload(): Promise<boolean> {
  try {
    await fetch(DOWNLOADS, { method: "HEAD", signal: AbortSignal.timeout(PROBE_MS) });
    return true;
  } catch {
    return false;
  }
}

/** Where the engine that this process would start keeps its plugins. */
function pulumiHome(): string {
  return process.env.PULUMI_HOME || join(homedir(), ".pulumi");
}

/** Where the engine looks for an installed plugin. */
export function pluginFile(home: string, name: string, version: string): string {
  return join(home, "plugins", `resource-${name}-v${version}`, `pulumi-resource-${name}`);
}
