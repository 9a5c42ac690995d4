import { type SecretDelivery } from "../protocol/secret-delivery.js";

/** What secrets.sh reads on stdin; see there. `id` is the activation that they are for. */
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
