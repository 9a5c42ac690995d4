import { deepEqual, equal, match, notEqual, rejects } from "node:assert/strict";
import {
  cp,
  lutimes,
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
    dir = await mkdtemp(join(tmpdir(), "pi fleet %20 #1 "));
    cache = join(dir, "node_modules/.cache/pi-fleet");
    await mkdir(join(dir, "node_modules"));
    for (const name of ["esbuild", "@esbuild"])
      await symlink(join(checkout, "node_modules", name), join(dir, "node_modules", name));
    for (const name of ["package.json", "tsconfig.json", "compiled.js", "kept.js", "load.js", "step.js"])
      await cp(join(checkout, name), join(dir, name));
    await mkdir(join(dir, "node_modules/packaged"));
    await writeFile(join(dir, "node_modules/packaged/package.json"), `{ "main": "index.js" }`);
    await writeFile(join(dir, "node_modules/packaged/index.js"), `exports.packaged = "";`);
    await mkdir(join(dir, "components/steps"), { recursive: true });
    await writeFile(join(dir, "components/steps/word.ts"), `export const word: string = "first";`);
    await writeFile(
      join(dir, "components/steps/main.ts"),
      `import { word } from "./word.js";
       import { packaged } from "packaged";
       console.log(word + packaged, new URL("x", import.meta.url).href.endsWith("/x"));
       export const ended = Promise.resolve();`,
    );
    await untilSettled();
  });
  afterEach(async () => {
    for (const made of [dir, `${dir} cache`]) await rm(made, { recursive: true, force: true });
  });

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
      await untilSettled();
      equal(await start(), "first true");
      const [file, ...others] = await kept(end);
      deepEqual(others, []);
      const notes = await Promise.all((await kept(".json")).map(timeOf));
      // Whatever is in the file now is what runs.
      const code = await readFile(join(cache, file!), "utf8");
      await writeFile(join(cache, file!), code.replace('"first"', '"kept"'));
      equal(await start(), "kept true");
      deepEqual(await Promise.all((await kept(".json")).map(timeOf)), notes);
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

  it("is compiled again after npm installed another version of a package", async () => {
    deepEqual([await step(), await loaded()], ["first true", "first true"]);
    await writeFile(join(dir, "node_modules/packaged/index.js"), `exports.packaged = " 2";`);
    deepEqual([await step(), await loaded()], ["first 2 true", "first 2 true"]);
    await rm(join(dir, "node_modules/packaged"), { recursive: true });
    await rejects(step(), /Could not resolve "packaged"/);
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

  it("runs as it was compiled by somebody else, for a user who can write nowhere", async () => {
    const nowhere = `
      import fs from "node:fs";
      import { syncBuiltinESMExports } from "node:module";
      fs.accessSync = () => {
        throw Object.assign(new Error("EACCES: permission denied, access"), { code: "EACCES" });
      };
      syncBuiltinESMExports();
      await import("pi-fleet/step");`;
    await rejects(run(nowhere), /neither its node_modules nor ~\/\.cache can be written to/);
    await step();
    await untilSettled();
    await step();
    equal(await run(nowhere), "first true");
  });

  it("is compiled again when what was kept is gone or damaged", async () => {
    await step();
    await untilSettled();
    await step();
    const [file] = await kept(".cjs");
    const [note] = await kept(".json");
    await rm(join(cache, file!));
    equal(await step(), "first true");
    for (const damage of ["", '{"name":']) {
      await writeFile(join(cache, note!), damage);
      equal(await step(), "first true");
      match(await readFile(join(cache, note!), "utf8"), /^\{.*\}$/);
    }
  });

  it("says where there is no room for it, and leaves nothing half written", async () => {
    const full = `
      import fs, { writeFileSync } from "node:fs";
      import { syncBuiltinESMExports } from "node:module";
      const write = writeFileSync;
      fs.writeFileSync = (file) => {
        write(file, "half");
        throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC", syscall: "write" });
      };
      syncBuiltinESMExports();
      await import("pi-fleet/step");`;
    await rejects(run(full), /is compiled at its first start, and .*\.cache\/pi-fleet has no room for that/);
    deepEqual(await readdir(cache), []);
    // A step that only has no room for its code cache has its own end.
    await step();
    for (const code of await kept(".code")) await rm(join(cache, code));
    equal(await run(full), "first true");
    deepEqual(await kept(".code"), []);
  });

  it("stays for a month, and a link to its packages for longer", async () => {
    await writeFile(join(dir, "node_modules/.cache"), "");
    const env = { XDG_CACHE_HOME: `${dir} cache` };
    await loaded(env);
    const [name] = await readdir(join(`${dir} cache`, "pi-fleet"));
    const mine = join(`${dir} cache`, "pi-fleet", name!);
    const before = await readdir(mine);
    const old = new Date(Date.now() - 31 * 86_400_000);
    for (const name of before) await lutimes(join(mine, name), old, old);
    await writeFile(join(dir, "components/steps/word.ts"), `export const word = "other";`);
    await untilSettled();
    equal(await loaded(env), "other true");
    const after = await readdir(mine);
    deepEqual(before.map((name) => [name.replace(/-.*\./, "."), after.includes(name)]).sort(), [
      ["main.json", true],
      ["main.mjs", false],
      ["node_modules", true],
    ]);
  });

  it("has a code cache, and does without it when that is damaged", async () => {
    await step();
    const [code] = await kept(".code");
    const whole = await readFile(join(cache, code!));
    const before = await timeOf(code);
    await step();
    equal(await timeOf(code), before);
    const flipped = Buffer.from(whole);
    flipped[whole.length >> 1]! ^= 0xff;
    for (const damage of ["", "nonsense", "x".repeat(100_000), whole.subarray(0, -500), flipped]) {
      await writeFile(join(cache, code!), damage);
      equal(await step(), "first true");
      notEqual(Buffer.compare(await readFile(join(cache, code!)), Buffer.from(damage)), 0);
    }
  });

  it("has a code cache for each version of V8", async () => {
    await step();
    const [code] = await kept(".code");
    equal(code?.includes(`-${process.versions.v8}-${process.arch}.`), true);
  });
});
