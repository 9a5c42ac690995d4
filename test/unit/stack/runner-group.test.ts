import { deepEqual } from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { makeRunnerGroup } from "../../../components/stack/runner-group.js";

describe("a runner group that the stack makes", () => {
  const wanted = { organization: "o", name: "g", publicRepositories: false };

  async function made(api: string): Promise<pulumi.runtime.MockResourceArgs[]> {
    const resources: pulumi.runtime.MockResourceArgs[] = [];
    await pulumi.runtime.setMocks({
      call: () => ({}),
      newResource: (resource) => {
        resources.push(resource);
        return { id: "1", state: resource.inputs as Record<string, unknown> };
      },
    });
    const group = makeRunnerGroup({ ...wanted, api }, pulumi.secret("token\n"), {});
    await new Promise((resolve) => group.urn.apply(resolve));
    return resources;
  }

  it("is the github provider's, at the address that it wants, with a token that is a secret", async () => {
    const [provider, group] = await made("https://ghe.example.com/api/v3");
    deepEqual(
      [provider?.type, group?.type],
      ["pulumi:providers:github", "github:index/actionsRunnerGroup:ActionsRunnerGroup"],
    );
    const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: "token" };
    deepEqual(provider?.inputs, { owner: "o", baseUrl: "https://ghe.example.com/", token: secret });
    deepEqual(group?.inputs, { name: "g", visibility: "all", allowsPublicRepositories: false });
    const [hosted] = await made("https://api.github.com");
    deepEqual((hosted?.inputs as { baseUrl: string }).baseUrl, "https://api.github.com/");
  });
});
