import { deepEqual, equal, rejects } from "node:assert/strict";
import { GitHubRunners } from "../../../components/runners/github-runners.js";
import { gitHubServer } from "./github-server.js";

describe("a runner group", () => {
  const server = gitHubServer();

  it("is found, and it is said when there is none", async () => {
    server.github.credentials.set("org", { kind: "token", access: { "orgs/o": "admin" } });
    const all = new GitHubRunners(server.api, "orgs/o", "org");
    const standard = await all.groupId(null);
    const made = Array.from({ length: 120 }, (_, i) => server.github.addGroup("orgs/o", `g${i}`));
    deepEqual([await all.groupId("g119"), await all.groupId(null)], [made[119]?.id, standard]);
    await rejects(all.groupId("none"), /orgs\/o has no runner group none/);
    equal(await server.runners("right").groupId(null), 1);
  });
});
