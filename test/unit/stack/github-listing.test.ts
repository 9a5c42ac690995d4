import { deepEqual, equal, match } from "node:assert/strict";
import { host } from "../../../components/config/host.js";
import { runnersOf } from "../../../components/runners/runner-spec.js";
import { listRunners } from "../../../components/stack/github-listing.js";
import { gitHubServer } from "../runners/github-server.js";

describe("what GitHub lists for a preview", () => {
  const server = gitHubServer();
  beforeEach(() => (server.github.log.length = 0));

  const specOf = (repository: string, more: object = {}, api = server.api) => {
    const runner = { kind: "repository", repository, ...more };
    return { ...runnersOf("a", host.parse({ board: "pi4", runner }))[0]!, api };
  };
  const asked = () =>
    server.github.log.map(({ method, path }) => `${method} ${path.replace("/api/v3/", "")}`);

  it("is asked for once for all runners of a scope, and the releases once for all scopes", async () => {
    server.github.credentials.set("two", {
      kind: "token",
      access: { "repos/o/r": "admin", "repos/o/s": "admin" },
    });
    await server.register("a", await server.runners("two").registrationToken());
    server.github.log.length = 0;
    const [first, again] = await Promise.all([
      listRunners(specOf("o/r"), " two\n"),
      listRunners({ ...specOf("o/r"), name: "b" }, " two\n"),
    ]);
    equal(first, again);
    equal(await listRunners(specOf("o/r"), "two"), first);
    deepEqual(
      [first.kind, first.kind === "listed" && first.runners.map(({ name }) => name)],
      ["listed", ["a"]],
    );
    equal((await listRunners(specOf("o/s"), "two")).kind, "listed");
    deepEqual(asked().sort(), [
      "GET repos/actions/runner/releases",
      "GET repos/o/r/actions/runners",
      "GET repos/o/s/actions/runners",
    ]);
  });

  it("is not asked for as a GitHub App, whose token only a POST makes", async () => {
    const app = specOf("o/app", { credential: { kind: "app", appId: 5 } });
    const once = specOf("o/app", { credential: { kind: "just-in-time", appId: 5 } });
    for (const spec of [app, once]) deepEqual(await listRunners(spec, "key"), { kind: "not asked" });
    deepEqual(asked(), []);
  });

  it("is unknown, with the reason, when GitHub refuses or is not there", async () => {
    // By another name, as each answer of an API is kept.
    const refused = await listRunners(specOf("o/none", {}, `${server.api}/.`), "right");
    match(refused.kind === "unknown" ? refused.message : "", /no repos\/o\/none, or the credential may not/);
    const start = Date.now();
    const nowhere = await listRunners(specOf("o/r", {}, "http://127.0.0.1:59999"), "right");
    match(
      nowhere.kind === "unknown" ? nowhere.message : "",
      /can't be reached at http:\/\/127\.0\.0\.1:59999/,
    );
    equal(Date.now() - start < 6000, true);
  });
});
