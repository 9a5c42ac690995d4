import { deepEqual } from "node:assert/strict";
import { refusalOf } from "../../../components/runners/github-refusal.js";

const api = "https://api.github.com";
const renew = "Set another with: pulumi config set --secret pi-fleet:githubToken";
const needs = {
  "repos/o/r": "the permission Administration (read and write) on o/r, or a classic token the scope repo",
  "orgs/o":
    "the organisation permission Self-hosted runners (read and write) on o, or a classic token the scope admin:org",
  "enterprises/e": "a classic token with the scope manage_runners:enterprise on e",
};

function told(status: number, words: string, headers: Record<string, string> = {}, scope = "repos/o/r") {
  const { fault, again } = refusalOf(new Response(null, { status, headers }), words, { api, scope });
  return [fault.name, fault.status, fault.message, again];
}

describe("a refusal of GitHub's", () => {
  it("of a credential says that it is wrong", () => {
    deepEqual(told(401, "Bad credentials"), [
      ...["GitHubError", 401],
      `GitHub does not accept the credential (401 Bad credentials): it is wrong, expired or revoked. ${renew}`,
      undefined,
    ]);
  });

  for (const [scope, permission] of Object.entries(needs)) {
    it(`of a right says which one ${scope} needs`, () => {
      const words = "Resource not accessible by personal access token";
      deepEqual(told(403, words, {}, scope), [
        ...["GitHubError", 403],
        `GitHub refuses (403 ${words}): the credential needs ${permission}. ${renew}`,
        undefined,
      ]);
    });

    it(`of a look at ${scope} says that it may be one of a right`, () => {
      deepEqual(told(404, "Not Found", {}, scope), [
        ...["GitHubError", 404],
        `GitHub has no ${scope}, or the credential may not see it (404): it needs ${permission}. ${renew}`,
        undefined,
      ]);
    });
  }

  it("for too many requests has the seconds after which it is worth another try", () => {
    const limited = (seconds: number) => `GitHub limits the rate of requests: try again in ${seconds} s`;
    deepEqual(told(429, "", { "retry-after": "7" }), ["GitHubError", 429, limited(7), 7]);
    deepEqual(told(403, "", { "retry-after": "9" }), ["GitHubError", 403, limited(9), 9]);
    // The clock of GitHub tells when; a time that is over is a second from now.
    deepEqual(told(403, "", { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1" }), [
      ...["GitHubError", 403, limited(1), 1],
    ]);
    const [, , , again] = told(429, "", { "x-ratelimit-reset": String(Math.ceil(Date.now() / 1000) + 60) });
    deepEqual(Number(again) > 55 && Number(again) <= 61, true);
  });

  it("for a problem of its own is worth another try at once", () => {
    deepEqual(told(502, "Bad Gateway"), [
      ...["GitHubError", 502, "GitHub has a problem (502 from https://api.github.com): Bad Gateway", 0],
    ]);
  });

  it("for anything else has GitHub's words", () => {
    deepEqual(told(422, "Validation Failed"), [
      ...["GitHubError", 422, "GitHub refuses (422): Validation Failed", undefined],
    ]);
  });
});
