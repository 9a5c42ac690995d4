import { fileURLToPath } from "node:url";
import { type Systems } from "../fleet.js";
import { type Tool } from "./tool.js";

const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const one = script("copy-set-switch.sh");

/** Copy, set and switch, for all Pis at once. */
export const xargs: Tool = {
  name: "xargs",
  deployment: async ({ pis }, systems) => ({
    argv: ["xargs", "-P", String(pis.length), "-L", "1", "sh", one],
    input: hostsAndSystems(systems),
  }),
};

/** Copy, set and switch, for one Pi after the other. */
export const loop: Tool = {
  name: "loop",
  deployment: async (_, systems) => ({
    argv: ["sh", script("loop.sh"), one],
    input: hostsAndSystems(systems),
  }),
};

function hostsAndSystems(systems: Systems): string {
  return Object.entries(systems)
    .map(([pi, toplevel]) => `${pi}.local ${toplevel}\n`)
    .join("");
}
