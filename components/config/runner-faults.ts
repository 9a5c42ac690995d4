import type { Fault } from "./fault.js";
import type { HostConfig } from "./host.js";
import { runnerScope, type RunnerConfig } from "./runner.js";
import { groupKey, wantedGroup, type WantedGroup } from "./wanted-group.js";

interface PlacedRunner {
  readonly pi: string;
  readonly path: readonly (string | number)[];
  readonly name: string;
  readonly config: RunnerConfig;
}

/** Runners of all hosts that contradict each other, and credentials that do not suit their runner. */
export function runnerFaults(hosts: Readonly<Record<string, HostConfig>>): Fault[] {
  const runners = Object.entries(hosts).flatMap(([pi, host]) => runnersOf(pi, host));
  return [...sameNames(runners), ...runners.flatMap(ephemeralFaults), ...groupFaults(runners)];
}

function runnersOf(pi: string, { runner, runners }: HostConfig): PlacedRunner[] {
  const first = runner ? [{ path: ["runner"], config: runner }] : [];
  const further = runners.map((config, index) => ({ path: ["runners", index], config }));
  return [...first, ...further].map(({ path, config }) => ({
    pi,
    path: ["hosts", pi, ...path],
    name: config.name ?? pi,
    config,
  }));
}

/** Names must differ: GitHub tells the runners of a scope apart by name, and a Pi its units. */
function sameNames(runners: readonly PlacedRunner[]): Fault[] {
  const onGitHub = new Map<string, string>();
  const onPi = new Set<string>();
  return runners.flatMap(({ pi, path, name, config }) => {
    const scope = runnerScope(config).replace(/^[a-z]+\//, "");
    const [there, here] = [`${scope} ${name}`, `${pi} ${name}`];
    const twin = onGitHub.get(there);
    const isTwice = onPi.has(here);
    onGitHub.set(there, pi);
    onPi.add(here);
    if (twin)
      return [{ path: [...path, "name"], message: `${twin} has a runner of the same name in ${scope}` }];
    return isTwice ? [{ path: [...path, "name"], message: "two runners of one Pi have the same name" }] : [];
  });
}

function ephemeralFaults({ path, config: { ephemeral, credential } }: PlacedRunner): Fault[] {
  if (!ephemeral || credential.kind === "token") return [];
  const message =
    credential.kind === "just-in-time"
      ? "a just-in-time runner has one job anyway: leave this out"
      : "an ephemeral runner needs credential: { kind: token }";
  return [{ path: [...path, "ephemeral"], message }];
}

/** A group is made once, so all its runners must ask for the same settings. */
function groupFaults(runners: readonly PlacedRunner[]): Fault[] {
  const groups = new Map<string, WantedGroup>();
  return runners.flatMap(({ path, config }) => {
    const group = wantedGroup(config);
    if (!group) return [];
    const key = groupKey(group.api, runnerScope(config), group.name);
    const first = groups.get(key) ?? group;
    groups.set(key, first);
    if (JSON.stringify(first) !== JSON.stringify(group))
      return [{ path: [...path, "group"], message: "another runner makes this group with other settings" }];
    if (!("appId" in config.credential)) return [];
    const message =
      "is made with a token only: with a GitHub App a preview would have to make a token. Make it by hand, and give its name";
    return [{ path: [...path, "group"], message }];
  });
}
