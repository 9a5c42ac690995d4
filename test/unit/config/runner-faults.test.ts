import { deepEqual, equal, match } from "node:assert/strict";
import { crossFaults } from "../../../components/config/cross-faults.js";
import { host } from "../../../components/config/host.js";
import { good, itRefuses } from "./refusals.js";

const repository = { kind: "repository", repository: "o/r" } as const;

describe("a runner's config", () => {
  const hostOf = (extra: object) => host.parse({ board: "pi4", ...extra });

  it("refuses what can't be: an App that makes groups, two minds about one group, a job too many", () => {
    const faults = (...runners: object[]) =>
      crossFaults({
        hosts: { a: hostOf({ runners: runners.map((runner, i) => ({ ...runner, name: `r${i}` })) }) },
        buildHosts: {},
        waves: { canary: [] },
      }).map(({ path, message }) => `${path.join(".")}: ${message}`);
    const organization = { kind: "organization", organization: "o" };
    const made = { ...organization, group: { name: "g", create: true } };
    deepEqual(faults(made, made, { ...organization, group: "g" }), []);
    match(
      faults(made, { ...organization, group: { ...made.group, repositories: ["r"] } }).join(),
      /runners.1.group: another runner makes this group with other settings/,
    );
    match(
      faults({ ...made, credential: { kind: "app", appId: 1 } }).join(),
      /runners.0.group: is made with a token only/,
    );
    match(
      faults({ ...repository, ephemeral: true, credential: { kind: "just-in-time" } }).join(),
      /runners.0.ephemeral: a just-in-time runner has one job anyway/,
    );
    equal(
      host.safeParse({
        board: "pi4",
        runner: { kind: "enterprise", enterprise: "e", group: { name: "g", create: true } },
      }).success,
      false,
    );
  });

  it("takes no unsafe address", () => {
    for (const api of ["http://example.com", "https://x/", "ftp://x", "http://10.evil.example"])
      equal(host.safeParse({ board: "pi4", runner: { ...repository, github: { api } } }).success, false, api);
  });
});

const runner = { kind: "repository", repository: "o/r", name: "x" };

describe("the runners of a config", () => {
  itRefuses({
    "two runners of one name": [
      { ...good, hosts: { a: { board: "pi4", runner }, b: { board: "pi4", runner } } },
      /hosts\.b\.runner\.name: a has a runner of the same name/,
    ],
    "two runners of one name on one Pi, whomever they serve": [
      { ...good, hosts: { a: { board: "pi4", runner, runners: [{ ...runner, repository: "o/s" }] } } },
      /hosts\.a\.runners\[0\]\.name: two runners of one Pi have the same name/,
    ],
  });
});
