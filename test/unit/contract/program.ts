// Registers a fleet without an engine and prints each resource that it registers, as JSON. `nix` and `ssh` on PATH are the
// test's; the time is masked, since a Pi that is to be changed has it in its convergence id.
import { createPrivateKey, createPublicKey } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { Fleet, parseFleetConfig } from "../../../components/index.js";
import { openSshPrivateKey, sshPublicBlob } from "../../../lab/plugins/openssh-key.js";
import { alreadyThere, config, secrets } from "./fleet.js";

interface Registered {
  readonly name: string;
  readonly type: string;
  readonly inputs: unknown;
}

const registered: Registered[] = [];
const key = fixedKey();

await pulumi.runtime.setMocks(
  {
    call: ({ token }) =>
      token === "pulumi:pulumi:readStackOutputs" ? { outputs: { pis: alreadyThere, runners: {} } } : {},
    newResource: ({ name, type, inputs }) => {
      registered.push({ name, type, inputs: plain(inputs) });
      const state = { ...inputs, ...key, stdout: JSON.stringify({ pi: "x", status: "built", seconds: 1 }) };
      return { id: name, state };
    },
  },
  "pi-fleet",
  "contract",
  // A preview: what it shows is what the state is compared with.
  true,
  "organization",
);

const flat = Object.fromEntries(
  Object.entries(config).map(([name, value]) => [`pi-fleet:${name}`, JSON.stringify(value)]),
);
const { fleet: parsed } = parseFleetConfig(
  { ...flat, "pi-fleet:githubToken": "a token", "pi-fleet:secrets": JSON.stringify(secrets) },
  ["pi-fleet:githubToken", "pi-fleet:secrets"],
);
const fleet = new Fleet("fleet", {
  config: parsed,
  holders: [`${key.publicKeyOpenssh} you@laptop`],
  githubToken: pulumi.secret("a token"),
  secrets: Object.fromEntries(Object.entries(secrets).map(([name, value]) => [name, pulumi.secret(value)])),
});
await new Promise((resolve) => pulumi.all([fleet.outcomes, fleet.runnerOutcomes]).apply(resolve));
// A URN has the types of its parents.
const urns = await new Promise((resolve) =>
  pulumi
    .all(
      [fleet, fleet.keys, ...Object.values(fleet.pis).flatMap((pi) => [pi, pi.activation])].map(
        ({ urn }) => urn,
      ),
    )
    .apply(resolve),
);
// What is registered last may be under way.
await pulumi.runtime.disconnect();

process.stdout.write(
  JSON.stringify({ resources: registered.sort(byNameAndType), urns }, null, 2)
    .replaceAll(/seen \d{4}-\d\d-\d\dT[\d:]+Z/g, "seen NOW")
    .replaceAll(JSON.stringify(key.privateKeyOpenssh).slice(1, -1), "DEPLOY KEY")
    .replaceAll(
      JSON.stringify(JSON.stringify(key.privateKeyOpenssh).slice(1, -1)).slice(1, -1),
      "DEPLOY KEY",
    ),
);
process.exit(0);

function byNameAndType(a: Registered, b: Registered): number {
  return `${a.name} ${a.type}` < `${b.name} ${b.type}` ? -1 : 1;
}

/** Secrets show as `{ secret: VALUE }`. */
function plain(value: unknown): unknown {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(plain);
  const map = value as Record<string, unknown>;
  if (map["4dabf18193072939515e22adb298388d"] === "1b47061264138c4ac30d75fd1eb44270")
    return { secret: plain(map["value"]) };
  return Object.fromEntries(Object.entries(map).map(([name, inner]) => [name, plain(inner)]));
}

/** The same key in each run: it keys the marks of secrets. */
function fixedKey() {
  const prefix = Buffer.from("302e020100300506032b657004220420", "hex");
  const made = createPrivateKey({
    key: Buffer.concat([prefix, Buffer.alloc(32, 7)]),
    format: "der",
    type: "pkcs8",
  });
  const { type, blob } = sshPublicBlob(createPublicKey(made));
  return {
    // Magic word, cipher, key derivation and its options, number of keys, public key, length of the rest.
    privateKeyOpenssh: withoutRandom(openSshPrivateKey(made), 15 + 8 + 8 + 4 + 4 + 4 + blob.length + 4),
    privateKeyPemPkcs8: made.export({ format: "pem", type: "pkcs8" }) as string,
    publicKeyOpenssh: `${type} ${blob.toString("base64")}`,
  };
}

/** The format begins its secret part with a random number, twice (PROTOCOL.key of OpenSSH). */
function withoutRandom(pem: string, offset: number): string {
  const [first = "", ...rest] = pem.trim().split("\n");
  const last = rest.pop() ?? "";
  const body = Buffer.from(rest.join(""), "base64");
  body.fill(0, offset, offset + 8);
  return [first, ...(body.toString("base64").match(/.{1,70}/g) ?? []), last, ""].join("\n");
}
