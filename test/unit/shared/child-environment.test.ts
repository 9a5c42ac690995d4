import { deepEqual, equal, match } from "node:assert/strict";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { childEnvironment } from "../../../components/shared/child-environment.js";
import { packageRoot } from "../../../components/shared/package-root.js";
import { runProcess } from "../../../components/shared/run-process.js";

const engines = { PULUMI_CONFIG: '{"pi-fleet:githubToken":"hunter2"}', PULUMI_CONFIG_PASSPHRASE: "hunter2" };

describe("the environment of a child", () => {
  it("is this process's, without what the engine put there", () => {
    Object.assign(process.env, engines);
    try {
      const { LC_ALL, ...others } = childEnvironment({ A: "b" });
      const expected = Object.entries(process.env).filter(
        ([name]) => !["LC_ALL", ...Object.keys(engines)].includes(name),
      );
      deepEqual(others, { ...Object.fromEntries(expected), A: "b" });
      equal(LC_ALL, "C");
    } finally {
      for (const name of Object.keys(engines)) delete process.env[name];
    }
  });

  it("is esbuild's too, which compiles the program and each step", async () => {
    const dir = await mkdtemp(join(tmpdir(), "child-environment-"));
    try {
      const esbuild = createRequire(import.meta.url).resolve("esbuild/bin/esbuild");
      const spy = join(dir, "esbuild");
      await writeFile(spy, `#!/bin/sh\nenv >>'${dir}/seen'\nexec '${esbuild}' "$@"\n`);
      await chmod(spy, 0o755);
      // What starts a step compiles it so, unless it is compiled already.
      const compiler = pathToFileURL(join(packageRoot, "compiled.js")).href;
      const compile = `import { build } from "${compiler}"; await build("components/steps/main", "script");`;
      const { exitCode, stdout, stderr } = await runProcess(
        process.execPath,
        ["--input-type=module", "-e", compile],
        {
          isEngine: true,
          env: {
            ...engines,
            ESBUILD_BINARY_PATH: spy,
            PATH: `${dirname(process.execPath)}:${process.env["PATH"]}`,
          },
        },
      );
      deepEqual([exitCode, stdout, stderr], [0, "", ""]);
      const seen = await readFile(join(dir, "seen"), "utf8");
      match(seen, /^PATH=/m);
      equal(/hunter2|PULUMI/.exec(seen)?.[0], undefined);
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});
