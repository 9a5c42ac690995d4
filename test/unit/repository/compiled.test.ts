import { deepEqual, equal, match, notEqual } from "node:assert/strict";
import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execa } from "execa";

const checkout = resolve(import.meta.dirname, "../../..");

// A small package in the place of ours: the same files compile it and run it.
describe("code that is compiled at its first start", function () {
  this.timeout(60_000);
  let dir: string;
  let cache: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "pi-fleet-compiled-"));
    cache = join(dir, "node_modules/.cache/pi-fleet");
    await mkdir(join(dir, "node_modules"));
    for (const name of ["esbuild", "@esbuild", "zod"])
      await symlink(join(checkout, "node_modules", name), join(dir, "node_modules", name));
    for (const name of ["package.json", "tsconfig.json", "compiled.js", "kept.js", "load.js", "step.js"])
      await cp(join(checkout, name), join(dir, name));
    await mkdir(join(dir, "components/steps"), { recursive: true });
    await writeFile(join(dir, "components/steps/word.ts"), `export const word: string = "first";`);
    await writeFile(
      join(dir, "components/steps/main.ts"),
      `import { word } from "./word.js"; import { z } from "zod";
       console.log(z.string().parse(word), new URL("x", import.meta.url).href.endsWith("/x"));
       export const ended = Promise.resolve();`,
    );
    await untilSettled();
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  // What was edited a moment ago is compiled at each start, since a file system's clock is coarse.
  const untilSettled = () => new Promise((resolve) => setTimeout(resolve, 250));

  const run = async (script: string, env: Record<string, string> = {}) => {
    const { stdout, stderr } = await execa(process.execPath, ["--input-type=module", "-e", script], {
      ...{ cwd: dir, env: { ...env, PULUMI_CONFIG: "SECRET" } },
    });
    equal(stderr, "");
    return stdout;
  };
  const step = (env?: Record<string, string>) => run('import "pi-fleet/step"', env);
  const loaded = (env?: Record<string, string>) =>
    run('import { load } from "./load.js"; await load("components/steps/main")', env);
  const kept = async (end: string) => (await readdir(cache)).filter((name) => name.endsWith(end));
  const timeOf = async (name = "") => (await stat(join(cache, name))).mtimeMs;

  it("is compiled once, for a step and for the program", async () => {
    for (const [start, end] of [[step, ".cjs"] as const, [loaded, ".mjs"] as const]) {
      equal(await start(), "first true");
      const [file, ...others] = await kept(end);
      deepEqual(others, []);
      // Whatever is in the file now is what runs.
      const code = await readFile(join(cache, file!), "utf8");
      await writeFile(join(cache, file!), code.replace('"first"', '"kept"'));
      equal(await start(), "kept true");
    }
  });

  it("is compiled again after an edit, even one that keeps the file's size and time", async () => {
    const word = join(dir, "components/steps/word.ts");
    const old = new Date("2020-01-01");
    await utimes(word, old, old);
    await untilSettled();
    deepEqual([await step(), await loaded()], ["first true", "first true"]);
    await writeFile(word, `export const word: string = "other";`);
    await utimes(word, old, old);
    deepEqual([await step(), await loaded()], ["other true", "other true"]);
    await writeFile(word, `export const word: string = "third";`);
    deepEqual([await step(), await loaded()], ["third true", "third true"]);
  });

  it("is whole for all that start at once", async () => {
    const all = await Promise.all(Array.from({ length: 6 }, (_, i) => (i % 2 ? step() : loaded())));
    deepEqual(new Set(all), new Set(["first true"]));
    deepEqual(
      (await readdir(cache)).filter((name) => /\.\d+$/.test(name)),
      [],
    );
  });

  it("is kept in the user's cache when the project can't be written to", async () => {
    // A file in the place of the folder: root may write to any folder.
    await writeFile(join(dir, "node_modules/.cache"), "");
    const env = { XDG_CACHE_HOME: join(dir, "cache") };
    deepEqual([await step(env), await loaded(env)], ["first true", "first true"]);
    const [mine] = await readdir(join(dir, "cache/pi-fleet"));
    match((await readdir(join(dir, "cache/pi-fleet", mine!))).join(" "), / main-\w+\.cjs main-/);
    deepEqual([await step(env), await loaded(env)], ["first true", "first true"]);
  });

  it("has a code cache, and does without it when that is damaged", async () => {
    await step();
    const [code] = await kept(".code");
    const before = await timeOf(code);
    await step();
    equal(await timeOf(code), before);
    for (const damage of ["", "nonsense", "x".repeat(100_000)]) {
      await writeFile(join(cache, code!), damage);
      equal(await step(), "first true");
      notEqual((await readFile(join(cache, code!))).toString(), damage);
    }
  });
});
