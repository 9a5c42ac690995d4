import { mkdir, realpath, rename, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { cacheDir, contentKey } from "./cache.js";
import { findOnPath } from "./find-on-path.js";
import type { Engine } from "./index.js";
import { ENGINE_VERSION, isAtLeast } from "./version.js";

/** The Pulumi CLI that the person has installed, or a sentence that says why it can't be used. */
export async function installedEngine(): Promise<Engine | string> {
  const pulumi = await findOnPath("pulumi");
  if (pulumi === undefined) return "no pulumi on PATH";
  const version = await versionOf(pulumi);
  if (!isAtLeast(version, ENGINE_VERSION)) {
    return `${pulumi} is ${version || "of an unknown version"}, ${ENGINE_VERSION} or later is needed`;
  }
  // The installer puts both side by side, and PATH often has only a link to the first.
  const beside = dirname(await realpath(pulumi));
  const language = await findOnPath("pulumi-language-nodejs", [...pathOf(process.env), beside]);
  if (language === undefined) return `${pulumi} has no pulumi-language-nodejs beside it`;
  return {
    binDir: await linkInto(pulumi, language),
    describe: [`engine: pulumi ${version} from ${pulumi}`],
  };
}

async function versionOf(pulumi: string): Promise<string> {
  const { stdout } = await execa(pulumi, ["version"], {
    env: { PULUMI_SKIP_UPDATE_CHECK: "1" },
    timeout: 20_000,
    reject: false,
  });
  return stdout?.trim() ?? "";
}

function pathOf(env: NodeJS.ProcessEnv): string[] {
  return (env.PATH ?? "").split(":");
}

async function linkInto(pulumi: string, language: string): Promise<string> {
  const dir = cacheDir("engine", `installed-${contentKey(pulumi, language)}`, "bin");
  const fresh = `${dir}.${process.pid}`;
  await mkdir(fresh, { recursive: true });
  await symlink(pulumi, join(fresh, "pulumi"));
  await symlink(language, join(fresh, "pulumi-language-nodejs"));
  await rm(dir, { recursive: true, force: true });
  // Another run may have made the same links meanwhile; then its links are kept.
  await rename(fresh, dir).catch(() => rm(fresh, { recursive: true, force: true }));
  return dir;
}
