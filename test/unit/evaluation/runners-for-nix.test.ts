import { equal } from "node:assert/strict";
import { host } from "../../../components/config/host.js";
import { runnersForNix } from "../../../components/evaluation/runners-for-nix.js";

const repository = { kind: "repository", repository: "o/r" } as const;

describe("a runner as the flake reads it", () => {
  const hostOf = (extra: object) => host.parse({ board: "pi4", ...extra });

  it("is another registration when what GitHub knows of it changes, and only then", () => {
    const registration = (extra: object) =>
      runnersForNix("a", hostOf({ runner: { ...repository, ...extra } }))[0]?.registration;
    const first = registration({});
    for (const same of [{ hardware: false }, { interruptJobs: true }, { timeouts: { idle: 3 } }])
      equal(registration(same), first);
    const others = [{ labels: ["x"] }, { name: "b" }, { repository: "o/s" }, { workDir: "/var/w" }].map(
      registration,
    );
    equal(new Set([first, ...others]).size, 5);
  });
});
