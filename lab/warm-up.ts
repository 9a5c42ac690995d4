import { ensureBase } from "./base/base.js";
import { ensureEngine } from "./engine/index.js";
import { requireMachine } from "./hosts/machine.js";
import { ensureQemu } from "./qemu/qemu.js";
import { ensurePlugins, type PluginInUse } from "./plugins/index.js";

/**
 * Puts into the cache what every lab on this machine takes from there: the base image, the QEMU Pi, the engine and the plugins. That
 * takes minutes on a new machine, and seconds later. Without root, which the image needs, there is no image.
 * Gives the kind of the plugins, undefined when they are mixed.
 */
export async function warmUp(report: (line: string) => void): Promise<PluginInUse["kind"] | undefined> {
  const base = async () => {
    await requireMachine();
    await ensureQemu(await ensureBase(report), report);
  };
  const engine = async () => {
    const { binDir } = await ensureEngine(report);
    const { inUse } = await ensurePlugins({ engineBinDir: binDir, report });
    return inUse.find(({ kind }) => inUse.every((plugin) => plugin.kind === kind))?.kind;
  };
  const isRoot = process.getuid?.() === 0;
  const [plugins] = await Promise.all([engine(), isRoot ? base() : undefined]);
  return plugins;
}
