import { type SecretDelivery } from "../protocol/secret-delivery.js";

/** The input of the verb `stage` of secrets.sh. `id` is the activation that the secrets are for. */
export function staged(id: string, { files, keep, ids }: SecretDelivery): string {
  return [
    `for ${id}`,
    ...files.map(({ name, owner, group, mode, units, content }) =>
      ["file", name, ids[name], owner, group, mode, Buffer.from(content).toString("base64"), ...units].join(
        " ",
      ),
    ),
    ...keep.map((name) => `keep ${name}`),
    "end\n",
  ].join("\n");
}
