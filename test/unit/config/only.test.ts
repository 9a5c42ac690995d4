import { deepEqual, equal, match, throws } from "node:assert/strict";
import { parseOnly } from "../../../components/config/only.js";
import { leftOutLine } from "../../../components/rollout/limited-run.js";
import { chosenOf } from "../../../components/rollout/limited-run.js";
import { parseFleetConfig } from "../../../components/stack/parse-config.js";

const hosts = { a: { tags: ["bench"] }, b: { tags: [] }, c: { tags: ["bench", "old"] } };
const all = { hosts: [], tags: [] };

describe("a run limited to some Pis", () => {
  it("is all of them when nothing is named", () => {
    deepEqual(chosenOf(all, hosts), ["a", "b", "c"]);
    equal(leftOutLine({ hosts, only: all }, ["a", "b", "c"], { pis: {} }), "");
  });

  it("takes names and tags, in the order of config", () => {
    deepEqual(parseOnly("tag:old, b,"), { hosts: ["b"], tags: ["old"] });
    deepEqual(chosenOf(parseOnly("tag:old,b"), hosts), ["b", "c"]);
  });

  it("says who is left out, and what was pending there", () => {
    const only = parseOnly("tag:old");
    const last = { pis: { a: { pi: "a", status: "failed", seconds: 1 } as const } };
    equal(
      leftOutLine({ hosts, only }, ["c"], last),
      "only tag:old. Left out: a, b (2 of 3); with a change pending since the last run: a",
    );
  });

  it("names unknown hosts and tags with the nearest", () => {
    match(
      refusal({}, "tag:bnech"),
      /pi-fleet:only\.tags\[0\]: no host has this tag — did you mean "bench"\?/,
    );
    match(refusal({}, "tag:x"), /There are: bench\. Found "x"\. It is from PI_FLEET_ONLY\./);
    match(
      refusal({ hosts: ["lab-A"] }, ""),
      /pi-fleet:only\.hosts\[0\]: no host has this name — did you mean "lab-a"\? Found "lab-A"\.$/m,
    );
  });

  it("is what the environment says, when that says something", () => {
    equal(parse({ hosts: ["lab-a"] }, "").fleet.only.hosts.join(), "lab-a");
    deepEqual(parse({ hosts: ["lab-a"] }, "tag:bench").fleet.only, { hosts: [], tags: ["bench"] });
  });
});

function parse(only: object, environment: string) {
  const config = {
    hosts: { "lab-a": { board: "virtual", tags: ["bench"] } },
    keys: {
      holders: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ me"],
    },
    only,
  };
  const flat = Object.fromEntries(
    Object.entries(config).map(([key, value]) => [`pi-fleet:${key}`, JSON.stringify(value)]),
  );
  return parseFleetConfig(flat, [], environment);
}

function refusal(only: object, environment: string): string {
  let message = "";
  throws(
    () => parse(only, environment),
    (error: Error) => {
      message = error.message;
      return true;
    },
  );
  return message;
}
