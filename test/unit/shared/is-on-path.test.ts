import { equal } from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isOnPath } from "../../../components/shared/is-on-path.js";

describe("isOnPath", () => {
  const path = process.env["PATH"];
  let dir: string;

  before(() => {
    dir = mkdtempSync(join(tmpdir(), "pi-fleet-path-"));
    for (const name of ["plain", "program"]) writeFileSync(join(dir, name), "");
    chmodSync(join(dir, "program"), 0o755);
    mkdirSync(join(dir, "folder"));
    process.env["PATH"] = `/nowhere:${dir}`;
  });
  after(() => {
    process.env["PATH"] = path;
    rmSync(dir, { recursive: true });
  });

  for (const [name, there] of [
    ["program", true],
    ["folder", false],
    ["absent", false],
  ] as const)
    it(`says ${there} of ${name}`, () => equal(isOnPath(name), there));

  it("says false of a file that may not be executed", () => equal(isOnPath("plain"), false));
});
