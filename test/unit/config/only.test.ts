import { deepEqual, equal, match } from "node:assert/strict";
import { parseOnly } from "../../../components/config/only.js";
import { UserError } from "../../../components/shared/user-error.js";
import { parseFleetConfig } from "../../../components/stack/parse-config.js";
import { flat, good } from "./refusals.js";

const hosts = { "lab-a": { board: "virtual", tags: ["bench"] } };

describe("the Pis that a run is limited to", () => {
  it("are names and tags in one line", () => {
    deepEqual(parseOnly("tag:old, b,"), { hosts: ["b"], tags: ["old"] });
  });

  it("exist, or the nearest is named", () => {
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

  it("are those of the environment, when that names some", () => {
    equal(parse({ hosts: ["lab-a"] }, "").fleet.only.hosts.join(), "lab-a");
    deepEqual(parse({ hosts: ["lab-a"] }, "tag:bench").fleet.only, { hosts: [], tags: ["bench"] });
  });
});

function parse(only: object, environment: string) {
  return parseFleetConfig(flat({ ...good, hosts, only }), [], environment);
}

function refusal(only: object, environment: string): string {
  try {
    parse(only, environment);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  return "";
}
