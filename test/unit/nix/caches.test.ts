import { deepEqual, equal, throws } from "node:assert/strict";
import { closureInCaches, configuredCaches } from "../../../components/nix/caches.js";
import { parsePathInfos } from "../../../components/nix/path-info.js";
import { Recorder } from "../recorder.js";
import { flakes } from "./command-lines.js";

const [toplevel, linux, old] = ["/nix/store/2-nixos", "/nix/store/1-linux", "/nix/store/1-nixos"];
const impatient = ["--option", "connect-timeout", "5", "--option", "download-attempts", "1"];
const near = ["--store", "https://near.example", ...impatient];
const far = ["--store", "https://far.example", ...impatient];
const caches = ["https://near.example", "https://far.example"];

describe("binary caches", () => {
  let recorder: Recorder;
  beforeEach(() => (recorder = new Recorder(["nix"])));
  afterEach(() => recorder.remove());
  const argvs = () => recorder.calls().map(({ argv }) => argv);

  it("are those of this machine's Nix", async () => {
    recorder.answer("nix", { stdout: "https://a.example https://b.example\n" });
    deepEqual(await configuredCaches(), ["https://a.example", "https://b.example"]);
    deepEqual(recorder.call(), {
      program: "nix",
      argv: [...flakes, "config", "show", "substituters"],
      stdin: "",
      env: { LC_ALL: "C" },
    });
  });

  it("are none when Nix does not tell", async () => {
    recorder.answer("nix", { exitCode: 1, stderr: "error: no\n" });
    deepEqual(await configuredCaches(), []);
  });

  it("are asked for a closure path by path, one after the other, and this machine for what is not the toplevel", async () => {
    const info = (path: string, references: string[]) =>
      JSON.stringify({ [path]: { narSize: 2048, downloadSize: 1024, references } });
    recorder.answer("nix", {
      when: `near.example ${impatient.join(" ")} ${toplevel}`,
      stdout: info(toplevel, [linux]),
    });
    recorder.answer("nix", {
      when: `far.example ${impatient.join(" ")} ${linux}`,
      stdout: info(linux, [linux]),
    });
    recorder.answer("nix", { when: "path-info", stdout: JSON.stringify({ [linux]: null }) });
    recorder.answer("nix", { when: "diff-closures --store https://far", stdout: "linux: 1 → 2\n\n" });
    recorder.answer("nix", { when: "diff-closures", exitCode: 1 });
    deepEqual(await closureInCaches({ toplevel, old }, caches), {
      sizes: new Map([toplevel, linux].map((path) => [path, 2048])),
      boots: [],
      downloads: new Map([toplevel, linux].map((path) => [path, 1024])),
      packages: ["linux: 1 → 2"],
    });
    const pathInfo = [...flakes, "path-info", "--json", "--json-format", "1"];
    deepEqual(argvs(), [
      [...pathInfo, ...near, toplevel],
      [...pathInfo, linux],
      [...pathInfo, ...near, linux],
      [...pathInfo, ...far, linux],
      [...flakes, "store", "diff-closures", ...near, old, toplevel],
      [...flakes, "store", "diff-closures", ...far, old, toplevel],
    ]);
  });

  it("are asked again without --json-format by a Nix that does not know it", async () => {
    recorder.answer("nix", {
      when: "--json-format",
      exitCode: 1,
      stderr: "error: unrecognised flag '--json-format'\n",
    });
    recorder.answer("nix", { when: "path-info", stdout: JSON.stringify([{ path: toplevel, valid: false }]) });
    equal(await closureInCaches({ toplevel, old }, caches.slice(0, 1)), undefined);
    deepEqual(argvs(), [
      [...flakes, "path-info", "--json", "--json-format", "1", ...near, toplevel],
      [...flakes, "path-info", "--json", ...near, toplevel],
    ]);
  });

  it("reads every form of nix path-info --json", () => {
    const info = { narSize: 10, downloadSize: 4, references: [] };
    for (const json of [
      { "/nix/store/a": info, "/nix/store/b": null },
      [
        { path: "/nix/store/a", ...info },
        { path: "/nix/store/b", valid: false },
      ],
    ])
      deepEqual([...parsePathInfos(JSON.stringify(json)).keys()], ["/nix/store/a"]);
  });

  it("refuses an answer that is none of these forms", () => {
    throws(
      () => parsePathInfos("[1]"),
      /^UserError: the answer of nix path-info is of a form that this version does not know/,
    );
    throws(() => parsePathInfos("<html>"), /^UserError: the answer of nix path-info is not JSON$/);
  });
});
