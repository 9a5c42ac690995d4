import { ensureEngine } from "../../lab/engine/index.js";
import { findOnPath } from "../../lab/engine/find-on-path.js";
import { askVersion } from "../../lab/plugins/ask-version.js";
import { ensurePlugins } from "../../lab/plugins/index.js";
import { Project } from "./project.js";

const CHOICE = "PI_FLEET_COMMAND_PLUGIN";
const report = (line: string) => console.log(`    ${line}`);

/**
 * A project with the command plugin that is to be tested: PI_FLEET_COMMAND_PLUGIN is `stand-in`, or a directory that
 * holds the real pulumi-resource-command; without it, what the lab would use.
 */
export async function setUp(): Promise<Project> {
  const [engine, ...plugins] = await (prepared ??= prepare());
  return Project.create(engine, plugins);
}

/** The directories of the engine and the plugins, found once a run. */
let prepared: Promise<[engine: string, ...plugins: string[]]> | undefined;

async function prepare(): Promise<[string, ...string[]]> {
  const wanted = process.env[CHOICE] || undefined;
  const { binDir: engineBinDir } = await ensureEngine(report);
  const choice = wanted === "stand-in" ? wanted : undefined;
  const { binDir, inUse } = await ensurePlugins({ engineBinDir, report, choice });
  if (wanted === undefined || wanted === "stand-in") {
    const used = inUse.find(({ name }) => name === "command");
    report(`the command plugin under test: ${used?.kind} ${used?.version}`);
    return [engineBinDir, binDir];
  }
  const file = await findOnPath("pulumi-resource-command", [wanted]);
  if (file === undefined)
    throw new Error(`${CHOICE} is "${wanted}": there is no pulumi-resource-command in it.`);
  report(`the command plugin under test: ${(await askVersion(file)) ?? "of no version"}, ${file}`);
  return [engineBinDir, wanted, binDir];
}
