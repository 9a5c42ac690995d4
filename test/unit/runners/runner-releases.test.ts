import { deepEqual } from "node:assert/strict";
import { outdatedBy, runnerReleases } from "../../../components/runners/runner-releases.js";
import { gitHubServer } from "./github-server.js";

describe("the version of a runner", () => {
  it("is too old when a newer one is out for over 30 days", () => {
    const now = Date.parse("2026-03-01T00:00:00Z");
    const releases = [
      { tag_name: "v2.332.0", published_at: "2026-02-27T00:00:00Z" },
      { tag_name: "v2.331.0", published_at: "2026-01-02T00:00:00Z" },
    ];
    deepEqual(
      ["2.332.0", "2.331.0", "2.330.1", "2.99.0"].map((version) => outdatedBy(version, releases, now)),
      [undefined, undefined, "2.331.0", "2.331.0"],
    );
  });
});

describe("the runner's releases", () => {
  const server = gitHubServer();

  it("are told, where there are any", async () => {
    const release = { tag_name: "v2.1.0", published_at: "2020-01-01T00:00:00Z" };
    server.github.releases.push(release);
    deepEqual(await runnerReleases(server.api, "right"), [release]);
    deepEqual(await runnerReleases(`${server.api}/none`, "right"), []);
  });
});
