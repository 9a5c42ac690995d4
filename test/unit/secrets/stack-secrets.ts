import { deliveryOf } from "../../../components/secrets/delivery.js";
import { parseFleetConfig } from "../../../components/stack/parse-config.js";

export const key =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ me@laptop";
/** A host with two networks, one of which names its secret. */
export const wifi = { network: { wifi: { networks: { workshop: {}, "my home": { secret: "home" } } } } };

/** The config of a stack with these hosts and secrets, the latter as YAML has them. */
export function parse(hosts: Record<string, object>, secrets?: unknown, encrypted = ["pi-fleet:secrets"]) {
  const all = Object.entries(hosts).map(([name, host]) => [name, { board: "pi4", ...host }]);
  const flat: Record<string, string> = {
    "pi-fleet:hosts": JSON.stringify(Object.fromEntries(all)),
    "pi-fleet:keys": JSON.stringify({ holders: [key] }),
  };
  if (secrets !== undefined)
    flat["pi-fleet:secrets"] = typeof secrets === "string" ? secrets : JSON.stringify(secrets);
  return parseFleetConfig(flat, secrets === undefined ? [] : encrypted);
}

/** What a host gets of these secrets. */
export function delivery(host: object, secrets: Record<string, string>, deployKey = "deploy key") {
  const { fleet } = parse({ a: host }, secrets);
  return deliveryOf(fleet.hosts["a"]!, secrets, deployKey);
}
