import { deepEqual } from "node:assert/strict";
import { host } from "../../../components/config/host.js";
import { runnersOf } from "../../../components/runners/runner-spec.js";
import { itRefusesHost } from "./refusals.js";

const runner = { kind: "repository", repository: "o/r" };

/** Where a runner with these options of `github` registers, and where a preview and a step send the credential. */
function placeOf(github: object): [url: string, api: string] {
  const [spec] = runnersOf("a", host.parse({ board: "pi4", runner: { ...runner, github } }));
  return [spec!.url.replace("/o/r", ""), spec!.api];
}

describe("which GitHub a credential goes to", () => {
  const server = "https://ghe.example.com";
  for (const [what, given, url, api] of [
    ["github.com, when nothing is said", {}, "https://github.com", "https://api.github.com"],
    ["github.com", { url: "https://github.com" }, "https://github.com", "https://api.github.com"],
    ["an Enterprise Server by its url", { url: server }, server, `${server}/api/v3`],
    ["an Enterprise Server by its api", { api: `${server}/api/v3` }, server, `${server}/api/v3`],
    ["an Enterprise Server at a port", { url: `${server}:8443` }, `${server}:8443`, `${server}:8443/api/v3`],
    [
      "data residency by its url",
      { url: "https://me.ghe.com" },
      "https://me.ghe.com",
      "https://api.me.ghe.com",
    ],
    [
      "data residency by its api",
      { api: "https://api.me.ghe.com" },
      "https://me.ghe.com",
      "https://api.me.ghe.com",
    ],
    [
      "github.com by its api",
      { api: "https://api.github.com" },
      "https://github.com",
      "https://api.github.com",
    ],
    [
      "one whose api is elsewhere, when both are named",
      { url: server, api: "https://api.example.com" },
      ...[server, "https://api.example.com"],
    ],
  ] as const)
    it(`is ${what}`, () => deepEqual(placeOf(given), [url, api]));

  itRefusesHost({
    "the API of github.com for another server": [
      { runner: { ...runner, github: { url: server, api: "https://api.github.com" } } },
      /runner\.github\.api: is the REST API of github\.com, and the credential is for https:\/\/ghe\.example\.com/,
    ],
    "a url from which no API follows": [
      { runner: { ...runner, github: { url: "https://example.com/github" } } },
      /runner\.github\.api: is needed: which GitHub it is does not follow from url/,
    ],
    "an api from which no url follows": [
      { runner: { ...runner, github: { api: "https://example.com/rest" } } },
      /runner\.github\.url: is needed: which GitHub it is does not follow from api/,
    ],
    "an unknown option, with those that there are": [
      { runner: { ...runner, github: { apu: "https://x.example.com" } } },
      /runner\.github\.apu: unknown option.* Allowed here: url, api/,
    ],
  });
});
