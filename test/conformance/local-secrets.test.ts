import { deepEqual, doesNotMatch, equal, match, ok } from "node:assert/strict";
import { setUp } from "./plugin.js";
import type { Finished, Project } from "./project.js";
import { local, secret } from "./spec.js";

const SECRETS = ["unique-stdin", "unique-env", "unique-map", "unique-output"];

describe("conformance: secrets and logs of local.Command", function () {
  this.timeout(180_000);
  let project: Project;
  let finished: Finished;
  before(async () => {
    project = await setUp();
    const noisy = "echo $0-to-out; echo $0-to-err >&2";
    finished = await project.up({
      resources: [
        local("inputs", {
          create: "cat > file",
          stdin: secret("unique-stdin"),
          environment: { S: secret("unique-env"), P: "p" },
        }),
        local("map", { create: "true", environment: secret({ M: "unique-map" }) }),
        local("echoed", { create: "cat", stdin: secret("echoed-value"), logging: "none" }),
        local(
          "marked",
          { create: "echo unique-output; : unique-output", logging: "none" },
          { additionalSecretOutputs: ["stdout"] },
        ),
        ...["none", "stdout", "stderr", "stdoutAndStderr"].map((logging) =>
          local(logging, { create: noisy.replaceAll("$0", `log-${logging}`), logging }),
        ),
        local("default", { create: noisy.replaceAll("$0", "log-default") }),
      ],
    });
  });
  after(() => project?.remove());

  it("succeeds", () => equal(finished.exitCode, 0, finished.text));
  it("keeps secret inputs encrypted in the state", async () => {
    const text = await project.stateText();
    for (const value of SECRETS.slice(0, 3)) ok(!text.includes(value), value);
  });
  it("keeps only the secret variable of a map secret", async () => {
    const { environment } = (await project.state("inputs"))?.inputs as {
      environment: Record<string, unknown>;
    };
    equal(environment.P, "p");
    deepEqual(environment.S, clear("unique-env"));
  });
  it("does not make outputs secret because an input is", async () =>
    equal(await project.output("echoed"), "echoed-value"));
  it("makes an output secret that the program marks", async () =>
    deepEqual(await project.output("marked"), clear("unique-output")));

  /** Which of the two streams of this resource were shown. */
  function shown(name: string): string[] {
    return ["out", "err"].filter((stream) =>
      new RegExp(`^ *\\+.*log-${name}-to-${stream}`, "m").test(finished.text),
    );
  }
  it("shows both streams by default", () => deepEqual(shown("default"), ["out", "err"]));
  it("shows what `logging` names", () => {
    deepEqual(shown("none"), []);
    deepEqual(shown("stdout"), ["out"]);
    deepEqual(shown("stderr"), ["err"]);
    deepEqual(shown("stdoutAndStderr"), ["out", "err"]);
  });
  it("takes outputs whatever is logged", async () => equal(await project.output("none"), "log-none-to-out"));
});

/** How the exported state shows a secret. */
function clear(value: string): object {
  return {
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    plaintext: JSON.stringify(value),
  };
}

describe("conformance: the function local.run", function () {
  this.timeout(120_000);
  let project: Project;
  before(async () => (project = await setUp()));
  after(() => project?.remove());

  it("runs in previews and updates, with the command's inputs", async () => {
    const run = {
      command: "echo x >> ran; cat; echo $A; echo err >&2",
      stdin: "in\n",
      environment: { A: "a" },
    };
    const spec = { runs: [{ name: "result", args: run }] };
    equal((await project.previewText(spec)).exitCode, 0);
    equal((await project.up(spec)).exitCode, 0);
    const { result } = (await project.outputs()) as { result: Record<string, unknown> };
    equal(result.stdout, "in\na");
    equal(result.stderr, "err");
    equal(result.command, run.command);
  });
  it("gives secret results for secret arguments", async () => {
    const args = { command: "cat", stdin: secret("unique-run"), logging: "none" };
    await project.up({ runs: [{ name: "result", args }] });
    doesNotMatch(await project.stateText(), /unique-run/);
    equal(((await project.outputs()) as { result: { stdout: string } }).result.stdout, "unique-run");
  });
  it("fails the preview when it fails", async () => {
    const { exitCode, text } = await project.previewText({
      runs: [{ name: "r", args: { command: "echo oops; exit 7" } }],
    });
    ok(exitCode !== 0);
    match(text, /exit status 7: running "echo oops; exit 7":\s+oops/);
  });
});
