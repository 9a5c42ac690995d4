import { equal, match, rejects } from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { appJwt } from "../../../components/runners/github-app.js";
import { requestToken } from "../../../components/runners/request-token.js";
import { gitHubServer, scope } from "./github-server.js";

describe("what requests to GitHub are made with", () => {
  const server = gitHubServer();

  it("is made for a GitHub App by its key", async () => {
    const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const pem = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const publicKey = pair.publicKey.export({ type: "spki", format: "pem" }).toString();
    const other = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    const app = { kind: "app", appId: 5 } as const;
    server.github.apps.set("5", { id: "5", publicKey, installation: 77, access: { [scope]: "admin" } });
    const token = await requestToken(server.api, scope, app, pem);
    match(token, /^ghs_/);
    match(await server.runners(token).registrationToken(), /^A/);
    await rejects(
      requestToken(server.api, scope, app, other.export({ type: "pkcs8", format: "pem" }).toString()),
      /401/,
    );
    await rejects(requestToken(server.api, scope, app, "ghp_x"), /not the GitHub App's private key/);
    await rejects(
      requestToken(server.api, "orgs/else", app, pem),
      /the GitHub App is not installed for orgs\/else/,
    );
    equal(await requestToken(server.api, scope, { kind: "just-in-time" }, " ghp_x\n"), "ghp_x");
    match(await requestToken(server.api, scope, { ...app, kind: "just-in-time" }, pem), /^ghs_/);
    equal(server.github.appOf(appJwt(5, pem, server.github.now() - 3_600_000)), undefined);
  });
});
