import { deepEqual, ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { hostOptionList } from "../../../components/config/host-options.js";

const read = (file: string) => readFileSync(new URL(`../../../${file}`, import.meta.url), "utf8");
const of = (who: string) =>
  hostOptionList.filter(([, { reader }]) => reader === who).map(([option]) => option);

describe("the table of a host's options", () => {
  it("names for the modules only options that they have", () => {
    const table = read("docs/options.md");
    for (const option of of("module"))
      ok(new RegExp(`^\\| \`fleet\\.${option}[.\`]`, "m").test(table), option);
  });

  it("names for the flake all that nix/lib reads of a host, besides what the deployer makes", () => {
    const known = /keys = \[(.*?)\];/s.exec(read("nix/lib/read-fleet.nix"))![1]!;
    // `runner` is of a fleet.json that somebody wrote by hand; `provisioning` asks for another image.
    const made = ["authorizedKeys", "fleet", "provisioning", "runner", "runners"];
    deepEqual(
      [...known.matchAll(/"(\w+)"/g)].map(([, name]) => name).sort(),
      [...of("flake"), ...made].sort(),
    );
  });
});
