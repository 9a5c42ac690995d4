import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { exists } from "./exists.js";
import { checkout } from "./paths.js";
import { askedPis, type Machine, pis } from "./topology.js";

/** The lab's stack. A lab of another size than Pulumi.lab.yaml's has a stack of its own. */
export const STACK = askedPis === undefined ? "lab" : `lab-${askedPis}`;

/** The config of the lab's stack. */
export const stackFile = join(checkout, `Pulumi.${STACK}.yaml`);

/** Writes the config of a lab whose size PI_FLEET_LAB_HOSTS says, unless it is there. */
export async function ensureStackFile(): Promise<void> {
  if (askedPis === undefined || (await exists(stackFile))) return;
  const labConfig = await readFile(join(checkout, "Pulumi.lab.yaml"), "utf8");
  await writeFile(stackFile, configOf(pis, labConfig));
}

/** The config of Pulumi.lab.yaml with other hosts, and with the patience that many hosts on one machine need. */
export function configOf(hosts: readonly Machine[], labConfig: string): string {
  const document = parseDocument(labConfig);
  document.commentBefore = ` A lab of ${hosts.length} Pis. The lab writes this file when it is not there; \`down\` removes it.`;
  const boards = hosts.map(({ name, board }) => [name, { board }]);
  const timeouts = { probe: 60, connect: 120, build: 600, copy: 600, activate: 600, confirm: 300 };
  document.setIn(["config", "pi-fleet:hosts"], document.createNode(Object.fromEntries(boards)));
  document.setIn(["config", "pi-fleet:timeouts"], document.createNode(timeouts));
  return document.toString();
}

/** Removes what `ensureStackFile` has written. */
export async function removeStackFile(): Promise<void> {
  if (askedPis !== undefined) await rm(stackFile, { force: true });
}
