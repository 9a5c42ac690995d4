import { deepEqual, equal } from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readHolders } from "../../../components/stack/holder-keys.js";
import { parseFleetConfig } from "../../../components/stack/parse-config.js";
import { flat, good, key } from "../config/refusals.js";

describe("the file of a person's keys", () => {
  const home = process.env["HOME"];
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "holders-"));
    process.env["HOME"] = dir;
  });
  afterEach(() => {
    process.env["HOME"] = home;
    rmSync(dir, { recursive: true });
  });

  function read(...holders: unknown[]) {
    const { fleet } = parseFleetConfig(flat(good));
    const faults: string[] = [];
    const found = readHolders({ ...fleet, keys: { ...fleet.keys, holders: holders as never } }, faults);
    return { found, faults };
  }

  it("may have several, be in the home folder, and stand beside others", () => {
    writeFileSync(join(dir, "id.pub"), `# mine\n  ${key} \n\n${key} too\n`);
    const user = { github: "octocat", pin: [] };
    deepEqual(read(` ${key}\n`, { file: "~/id.pub" }, user), {
      ...{ found: [key, key, `${key} too`, user], faults: [] },
    });
  });

  it("is not one without a key, with a private one, or no file at all", () => {
    writeFileSync(join(dir, "empty.pub"), "# none\n\n");
    writeFileSync(join(dir, "id"), "-----BEGIN OPENSSH PRIVATE KEY-----\nSECRET\n");
    mkdirSync(join(dir, "keys"));
    const files = ["empty.pub", "id", "keys", "none.pub"].map((name) => ({ file: join(dir, name) }));
    const faults = read(...files).faults.map((line) => line.replaceAll(`${dir}/`, ""));
    equal(faults.length, files.length);
    const starts = [
      "the file is empty. Found in empty.pub.",
      "this is a private key",
      "EISDIR",
      "there is no such file: none.pub. Make a key with ssh-keygen -t ed25519.",
    ];
    for (const [index, start] of starts.entries())
      equal(faults[index]?.startsWith(`keys.holders[${index}].file: ${start}`), true, faults[index]);
    deepEqual(
      faults.filter((line) => line.includes("SECRET")),
      [],
    );
  });
});
