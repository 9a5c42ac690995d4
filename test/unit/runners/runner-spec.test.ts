import { deepEqual, notEqual } from "node:assert/strict";
import { host } from "../../../components/config/host.js";
import { idleSeconds, runnersOf } from "../../../components/runners/runner-spec.js";

const repository = { kind: "repository", repository: "o/r" } as const;

describe("a runner's config", () => {
  const hostOf = (extra: object) => host.parse({ board: "pi4", ...extra });

  it("serves a repository, an organisation or an enterprise", () => {
    const places = [
      repository,
      { kind: "organization", organization: "o", group: "g" },
      { kind: "enterprise", enterprise: "e" },
    ].map((runner) => {
      const [spec] = runnersOf("a", hostOf({ runner }));
      return [spec?.scope, spec?.url, spec?.group];
    });
    deepEqual(places, [
      ["repos/o/r", "https://github.com/o/r", null],
      ["orgs/o", "https://github.com/o", "g"],
      ["enterprises/e", "https://github.com/enterprises/e", null],
    ]);
  });

  it("keeps the first runner's file, and gives each further one its own", () => {
    const two = runnersOf("a", hostOf({ runner: repository, runners: [{ ...repository, name: "b" }] }));
    deepEqual(
      two.map(({ name, tokenFile }) => [name, tokenFile]),
      [
        ["a", "/var/lib/github-runner/.runner_token"],
        ["b", "/var/lib/github-runner/.runner_token-b"],
      ],
    );
  });

  it("tells GitHub of a just-in-time runner all that its own configuration would", () => {
    const runner = { ...repository, labels: ["x"], credential: { kind: "just-in-time" } };
    const places = (["pi4", "pi2", "virtual"] as const).map((board) => {
      const [spec] = runnersOf("a", { ...hostOf({ runner }), board });
      return spec?.systemLabels.join(" ");
    });
    deepEqual(places, ["self-hosted Linux ARM64", "self-hosted Linux ARM", "self-hosted Linux X64"]);
    const [inMemory] = runnersOf("a", hostOf({ runner }));
    const [onCard] = runnersOf("a", hostOf({ runner: { ...runner, workDir: "/var/w" } }));
    deepEqual([inMemory?.workFolder, onCard?.workFolder], ["../../../../run/github-runner/a", "../../../w"]);
    notEqual(
      inMemory?.registration,
      runnersOf("a", hostOf({ runner: { ...repository, labels: ["x"] } }))[0]?.registration,
    );
  });

  it("lets an activation wait for jobs as long as the most patient runner wants", () => {
    const runners = [30, 90].map((idle) => ({ ...repository, name: `r${idle}`, timeouts: { idle } }));
    deepEqual([idleSeconds("a", hostOf({ runners })), idleSeconds("a", hostOf({}))], [90, 600]);
  });
});
