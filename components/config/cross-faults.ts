import { z } from "zod";
import { buildHost } from "./build-host.js";
import { waves, only } from "./fleet-config.js";
import { host, hostAddress } from "./host.js";
import { nearest } from "../shared/nearest.js";
import { boards } from "./boards.js";
import { onlyFaults } from "./only.js";
import { type WantedGroup, wantedGroup, groupKey } from "./runner-group.js";
import { runnerScope } from "./runner.js";

/** The parts of a config that has faults which are themselves right, so that what they say of each other is checked too. */
export function validParts(raw: Record<string, unknown>): CrossChecked {
  const hosts = z.record(z.string(), z.unknown()).safeParse(raw["hosts"]).data ?? {};
  const builders = z.record(z.string(), z.unknown()).safeParse(raw["buildHosts"]).data ?? {};
  return {
    hosts: onlyValid(hosts, host),
    buildHosts: onlyValid(builders, buildHost),
    allBuildHosts: Object.keys(builders),
    allHosts: Object.keys(hosts),
    waves: waves.safeParse(raw["waves"] ?? {}).data ?? waves.parse({}),
    only: only.safeParse(raw["only"] ?? {}).data ?? only.parse({}),
  };
}

export function onlyValid<T extends z.ZodType>(
  values: Record<string, unknown>,
  schema: T,
): Record<string, z.output<T>> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => {
      const parsed = schema.safeParse(value);
      return parsed.success ? [[name, parsed.data]] : [];
    }),
  );
}

export interface CrossChecked {
  hosts: Record<string, z.output<typeof host>>;
  buildHosts: Record<string, z.output<typeof buildHost>>;
  waves: Pick<z.output<typeof waves>, "canary">;
  only?: z.output<typeof only>;
  allHosts?: string[];
  allBuildHosts?: string[];
}

/** What one field can't know: names that must exist elsewhere, and addresses and runner names that must differ. */
export function crossFaults(config: CrossChecked): { path: (string | number)[]; message: string }[] {
  const faults: { path: (string | number)[]; message: string }[] = [];
  const fault = (path: (string | number)[], message: string) => faults.push({ path, message });
  const names = config.allHosts ?? Object.keys(config.hosts);
  const builders = ["local", ...(config.allBuildHosts ?? Object.keys(config.buildHosts))];
  const addresses = new Map<string, string>();
  const runners = new Map<string, string>();
  const groups = new Map<string, WantedGroup>();

  for (const [name, builder] of Object.entries(config.buildHosts)) {
    if (builder.kind === "ssh")
      addresses.set(`${builder.address} port ${builder.port ?? 22}`, `the build host ${name}`);
  }
  for (const [name, pi] of Object.entries(config.hosts)) {
    if (!builders.includes(pi.buildHost)) {
      const near = nearest(pi.buildHost, builders);
      fault(
        ["hosts", name, "buildHost"],
        `no build host has this name${near} There are: ${builders.join(", ")}`,
      );
    }
    const builder = config.buildHosts[pi.buildHost];
    const system = pi.crossFrom ?? boards[pi.board].system;
    if (builder?.kind === "ssh" && !builder.systems.includes(system)) {
      const builds = `${pi.buildHost} builds ${builder.systems.join(", ")}`;
      const [option, needs] = pi.crossFrom
        ? ["crossFrom", `cross-compiling needs ${system}`]
        : ["buildHost", `the board ${pi.board} needs ${system}`];
      fault(["hosts", name, option], `${needs}, and ${builds}`);
    }
    const where = `${hostAddress(name, pi)} port ${pi.port}`;
    const neighbour = addresses.get(where);
    if (neighbour) fault(["hosts", name, "address"], `${neighbour} has the same address and port (${where})`);
    addresses.set(where, name);
    const own = [
      ...(pi.runner ? [[["runner"], pi.runner] as const] : []),
      ...pi.runners.map((one, index) => [["runners", index], one] as const),
    ];
    const here = new Set<string>();
    for (const [path, one] of own) {
      const scope = runnerScope(one).replace(/^[a-z]+\//, "");
      const runnerName = one.name ?? name;
      const id = `${scope} ${runnerName}`;
      const twin = runners.get(id);
      if (twin) fault(["hosts", name, ...path, "name"], `${twin} has a runner of the same name in ${scope}`);
      else if (here.has(runnerName))
        fault(["hosts", name, ...path, "name"], "two runners of one Pi have the same name");
      if (one.ephemeral && one.credential.kind !== "token")
        fault(
          ["hosts", name, ...path, "ephemeral"],
          one.credential.kind === "just-in-time"
            ? "a just-in-time runner has one job anyway: leave this out"
            : "an ephemeral runner needs credential: { kind: token }",
        );
      const group = wantedGroup(one);
      if (group) {
        const key = groupKey(group.api, runnerScope(one), group.name);
        const same = groups.get(key) ?? group;
        if (JSON.stringify(same) !== JSON.stringify(group))
          fault(["hosts", name, ...path, "group"], "another runner makes this group with other settings");
        else if ("appId" in one.credential)
          fault(
            ["hosts", name, ...path, "group"],
            "is made with a token only: with a GitHub App a preview would have to make a token. Make it by hand, and give its name",
          );
        groups.set(key, same);
      }
      here.add(runnerName);
      runners.set(id, name);
    }
  }
  config.waves.canary.forEach((name, index) => {
    if (!names.includes(name))
      fault(["waves", "canary", index], `no host has this name${nearest(name, names)}`);
  });
  for (const { path, message } of onlyFaults(config.only ?? { hosts: [], tags: [] }, config.hosts, names))
    fault(["only", ...path], message);
  return faults;
}
