import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { provider as stack } from "../../../../lab/plugins/github.js";
import { gitHubServer } from "../../runners/github-server.js";

describe("the stand-in of Pulumi's GitHub provider", () => {
  const server = gitHubServer();

  it("keeps a runner group that the stack makes", async () => {
    server.github.credentials.set("org", { kind: "token", access: { "orgs/o": "admin" } });
    server.github.repositories.set("o/r", 7);
    const group = stack.resource("github:index/actionsRunnerGroup:ActionsRunnerGroup");
    const context = { status: () => undefined, log: () => undefined, signal: new AbortController().signal };
    stack.configure?.({ token: "org", owner: "o", baseUrl: server.api.replace("api/v3", "") });
    const inputs = { name: "made", visibility: "selected", selectedRepositoryIds: [7] };
    deepEqual(group.check(inputs).failures, []);
    match(
      JSON.stringify(group.check({ ...inputs, visibility: "some", colour: "red" }).failures),
      /colour.*visibility/,
    );
    const { id, state } = await group.create({ name: "x", inputs, preview: false }, context);
    equal(server.github.groups.get(Number(id))?.repositories[0], 7);
    await rejects(
      group.create({ name: "x", inputs, preview: false }, context),
      /409 Runner group with this name/,
    );
    const later = { name: "renamed", visibility: "all" };
    await group.update?.({ id, inputs: later, state, preview: false }, context);
    deepEqual(server.github.groups.get(Number(id))?.repositories, []);
    equal((await group.read?.({ id, state }, context))?.["name"], "renamed");
    await group.delete?.({ id, state }, context);
    equal(await group.read?.({ id, state }, context), undefined);
    stack.configure?.({ token: "tok-stranger", owner: "o", baseUrl: server.api.replace("api/v3", "") });
    await rejects(group.create({ name: "x", inputs, preview: false }, context), /404 Not Found/);
  });
});
