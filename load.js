import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL(".", import.meta.url));

/**
 * Loads a TypeScript entry of this package. In a checkout it is compiled by esbuild at every start (some 50 ms), so
 * that old code never runs after an edit. The published package has no sources and holds what tsc made of them in
 * dist/.
 */
export async function load(entry) {
  const source = `${root}${entry}.ts`;
  if (!existsSync(source)) return await import(new URL(`dist/${entry}.js`, import.meta.url).href);
  const { buildSync } = await import("esbuild");
  const built = withoutEngineVariables(() =>
    buildSync({
      entryPoints: [source],
      bundle: true,
      packages: "external",
      platform: "node",
      format: "esm",
      target: "node20",
      // The compiled file's own URL is in node_modules, which may be a link to another checkout's.
      define: { "import.meta.url": JSON.stringify(pathToFileURL(source).href) },
      sourcemap: "inline",
      write: false,
      logLevel: "warning",
    }),
  );
  const code = built.outputFiles[0].contents;
  const dir = `${root}node_modules/.cache/pi-fleet`;
  const file = `${dir}/${createHash("sha256").update(code).digest("hex").slice(0, 20)}.mjs`;
  if (!existsSync(file)) {
    mkdirSync(dir, { recursive: true });
    writeFileSync(`${file}.${process.pid}`, code);
    renameSync(`${file}.${process.pid}`, file);
  }
  return await import(pathToFileURL(file).href);
}

/** esbuild is a child too, and must not have the secrets that components/shared/child-environment.ts keeps from them. */
function withoutEngineVariables(work) {
  const engines = Object.entries(process.env).filter(([name]) => name.startsWith("PULUMI_"));
  for (const [name] of engines) delete process.env[name];
  try {
    return work();
  } finally {
    Object.assign(process.env, Object.fromEntries(engines));
  }
}
