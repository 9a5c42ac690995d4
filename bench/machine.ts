import { cpus, loadavg, release, totalmem } from "node:os";
import { execOnLaptop, type Tools } from "../lab/hosts/index.js";
import { ensurePlugins } from "../lab/plugins/index.js";
import { type Results } from "./results.js";

/** What of this machine a reader of the figures needs to know. */
export async function describeMachine(tools: Tools): Promise<Results["machine"]> {
  const first = async (...argv: string[]) => {
    const { stdout, stderr } = await (await execOnLaptop(tools, argv)).result;
    return (stdout || stderr).split("\n")[0] ?? "";
  };
  const { inUse } = await ensurePlugins({ engineBinDir: tools.path[0] ?? "", report: () => undefined });
  return {
    date: new Date().toISOString().slice(0, 10),
    processors: cpus().length,
    processor: cpus()[0]?.model ?? "",
    memoryMib: Math.round(totalmem() / 2 ** 20),
    load: loadavg().map((load) => Number(load.toFixed(1))),
    kernel: release(),
    node: process.version,
    pulumi: await first("pulumi", "version"),
    nix: await first("nix", "--version"),
    ssh: await first("ssh", "-V"),
    plugins: inUse.map(({ name, kind, version }) => `${name} ${version} (${kind})`).join(", "),
  };
}
