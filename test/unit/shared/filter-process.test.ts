import { match, rejects } from "node:assert/strict";
import { text } from "node:stream/consumers";
import { filterProcess } from "../../../components/shared/filter-process.js";

describe("a filter", () => {
  it("has none of the variables that the engine keeps its secrets in", async () => {
    process.env["PULUMI_CONFIG"] = '{"pi-fleet:githubToken":"open"}';
    try {
      const filter = filterProcess("env", []);
      filter.end();
      const said = await text(filter);
      match(said, /^LC_ALL=C$/m);
      match(said, /^PATH=/m);
      match(said, /^(?![^]*PULUMI_)/);
    } finally {
      delete process.env["PULUMI_CONFIG"];
    }
  });

  it("fails with the program's own words", async () => {
    const filter = filterProcess("sh", ["-c", "echo 'it is broken' >&2; exit 3"]);
    filter.end();
    await rejects(text(filter), /it is broken/);
  });
});
