import { deepEqual, equal, match } from "node:assert/strict";
import { hostRefusal } from "./refusals.js";
import { runner } from "../../../components/config/runner.js";

const repository = { kind: "repository", repository: "o/r" } as const;
const takes = (options: object) => runner.safeParse({ ...repository, ...options }).success;

describe("names of a runner that become paths", () => {
  it("are not the folder itself or the one above it", () => {
    for (const name of [".", "..", "a/b", ""]) {
      equal(takes({ name }), false, name);
      equal(takes({ kind: "repository", repository: `${name}/r` }), false, name);
      equal(takes({ kind: "repository", repository: `o/${name}` }), false, name);
    }
    for (const name of ["...", ".a", "a..b", "pi-4.a_b"]) equal(takes({ name }), true, name);
    const enterprise = runner.safeParse({ kind: "enterprise", enterprise: ".." });
    equal(enterprise.success, false);
  });

  it("are refused with the option's path and the reason", () => {
    match(
      hostRefusal({ runner: { ...repository, name: ".." } }),
      /pi-fleet:hosts\.a\.runner\.name: a runner name is .* not \. or \.\. alone: folders on the Pi have its name/,
    );
  });
});

describe("the folder in which jobs work", () => {
  it("is one that may be emptied", () => {
    const paths = [
      "/var/lib/ci",
      "/srv/ci/a",
      "/ci",
      ["", "home", "me", "ci"].join("/"),
      "/mnt/ssd",
      "/var/lib/ci/",
    ];
    deepEqual(
      paths.filter((workDir) => !takes({ workDir })),
      [],
    );
  });

  for (const workDir of [
    ...["/", "/etc", "/etc/x", "/usr/local", "/nix/store", "/root/x", "/boot"],
    ...[
      "/var",
      "/var/lib",
      "/var/lib/",
      "/var/lib/private/x",
      "/var/lib/github-runner",
      "/run",
      "/run/systemd/x",
    ],
    ...["/home", "/home/me", "/srv", "/tmp", "/var/../etc", "/var/./lib", "/ci/..", "//etc", "ci"],
  ])
    it(`is not ${workDir}`, () => {
      match(hostRefusal({ runner: { ...repository, workDir } }), /hosts\.a\.runner\.workDir: /);
    });
});
