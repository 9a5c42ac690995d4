import { z } from "zod";
import { fleetConfig } from "./fleet-config.js";
import { hostsFile } from "./hosts-file.js";

const forEditors = { io: "input", unrepresentable: "any" } as const;

/** The JSON Schema of the file that `pi-fleet:hostsFile` names, for editors. */
export function hostsFileSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(fleetConfig.shape.hosts, forEditors), title: "Hosts of pi-fleet" };
}

/**
 * The JSON Schema of a Pulumi.<stack>.yaml of this project, for editors: the keys of `fleetConfig` under `config`, and
 * what Pulumi itself keeps in the file.
 */
export function stackFileSchema(): Record<string, unknown> {
  const { properties, required } = z.toJSONSchema(fleetConfig, forEditors);
  const all = { ...properties, hostsFile: z.toJSONSchema(hostsFile, forEditors) };
  const namespaced = Object.entries(all).map(([key, schema]): [string, unknown] => [
    `pi-fleet:${key}`,
    schema,
  ]);
  const names = [...namespaced.map(([name]) => name), "pi-fleet:githubToken", "pi-fleet:secrets"];
  const secret = {
    description: "A secret: pulumi config set --secret pi-fleet:githubToken",
    type: "object",
    properties: { secure: { type: "string" } },
    required: ["secure"],
    additionalProperties: false,
  };
  const secrets = {
    description: "Secrets by name: pulumi config set --secret --path 'pi-fleet:secrets.NAME'",
    type: "object",
    additionalProperties: { ...secret, description: "A secret." },
  };
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Stack config of pi-fleet",
    type: "object",
    properties: {
      config: {
        type: "object",
        properties: {
          ...Object.fromEntries<unknown>(namespaced),
          "pi-fleet:githubToken": secret,
          "pi-fleet:secrets": secrets,
        },
        required: required?.filter((key) => key !== "hosts").map((key) => `pi-fleet:${key}`),
        oneOf: [{ required: ["pi-fleet:hosts"] }, { required: ["pi-fleet:hostsFile"] }],
        // Keys of other namespaces (pulumi:, github:) are left alone. In ours, any other key is a fault.
        propertyNames: { anyOf: [{ not: { pattern: "^pi-fleet:" } }, { enum: names }] },
      },
      encryptionsalt: { type: "string" },
      encryptedkey: { type: "string" },
      secretsprovider: { type: "string" },
      environment: {},
    },
    required: ["config"],
  };
}
