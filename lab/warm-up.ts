import { ensureBase } from "./base/base.js";
import { ensureEngine } from "./engine/index.js";
import { requireMachine } from "./hosts/machine.js";
import { ensurePlugins } from "./plugins/index.js";

/**
 * Puts into the cache what every lab on this machine takes from there: the base image, the engine and the plugins. That
 * takes minutes on a new machine, and a second or two later. Without root, which the image needs, there is no image.
 */
export async function warmUp(report: (line: string) => void): Promise<void> {
  const base = async () => {
    await requireMachine();
    await ensureBase(report);
  };
  const engine = async () => {
    const { binDir } = await ensureEngine(report);
    await ensurePlugins({ engineBinDir: binDir, report });
  };
  const isRoot = process.getuid?.() === 0;
  await Promise.all([...(isRoot ? [base()] : []), engine()]);
}
