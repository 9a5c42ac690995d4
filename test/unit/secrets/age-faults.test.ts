import { deepEqual, match } from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fleetConfig } from "../../../components/config/fleet-config.js";
import { ageFaults } from "../../../components/secrets/age-faults.js";
import { deliveryOf } from "../../../components/secrets/delivery.js";
import { key } from "./stack-secrets.js";

describe("secrets", () => {
  it("in a file are refused when the file is not there or not encrypted", async () => {
    const flake = await mkdtemp(join(tmpdir(), "pi-fleet-age-"));
    try {
      await writeFile(join(flake, "plain.age"), "SECRET\n");
      await writeFile(join(flake, "binary.age"), "age-encryption.org/v1\n-> ssh-ed25519 x y\n");
      await writeFile(join(flake, "armored.age"), "-----BEGIN AGE ENCRYPTED FILE-----\n");
      const ages = ["none", "plain", "binary", "armored"].map((name) => [name, { age: `${name}.age` }]);
      const { hosts } = fleetConfig.parse({
        hosts: { a: { board: "pi4", secrets: Object.fromEntries(ages) as object } },
        keys: { holders: [key] },
      });
      const faults = ageFaults(hosts, flake);
      deepEqual(
        faults.map(({ path }) => path.join(".")),
        ["hosts.a.secrets.none.age", "hosts.a.secrets.plain.age"],
      );
      match(faults[0]!.message, /^there is no file .*none\.age/);
      match(faults[1]!.message, /plain\.age is not encrypted with age/);
      deepEqual(deliveryOf(hosts["a"]!, {}, "").files, []);
    } finally {
      await rm(flake, { recursive: true });
    }
  });
});
