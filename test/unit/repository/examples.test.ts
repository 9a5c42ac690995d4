import { ok } from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { parse as parseYaml } from "yaml";
import { fleetConfig, secretKeys } from "../../../components/config/fleet-config.js";
import { faultLines } from "../../../components/config/fault-lines.js";

const root = new URL("../../../", import.meta.url);
const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";

type Yaml = Record<string, unknown>;

/** How a block of each kind is read as a stack's config. What it leaves out is added: it is about something else. */
const kinds: Record<string, (block: Yaml) => Yaml | undefined> = {
  "pi-fleet:": ({ config = {}, ...top }) => {
    const keys = Object.entries({ ...top, ...(config as Yaml) }).flatMap(([name, value]) =>
      name.startsWith("pi-fleet:") ? [[name.slice("pi-fleet:".length), value] as const] : [],
    );
    // The file's hosts are an example of their own.
    const apart: readonly string[] = [...secretKeys, "hostsFile"];
    const known = keys.filter(([name]) => !apart.includes(name));
    return keys.length > 0 ? Object.fromEntries(known) : undefined;
  },
  "board:": (block) =>
    Object.values(block).every((host) => host && typeof host === "object" && "board" in host)
      ? { hosts: block }
      : undefined,
  "hosts:": ({ hosts }) => (hosts ? { hosts } : undefined),
  "runner:": ({ runner, runners }) =>
    runner || runners ? { hosts: { bench: { board: "pi4", runner, runners } } } : undefined,
};

const blocks = ["README.md", ...readdirSync(new URL("docs", root)).map((file) => `docs/${file}`)]
  .filter((file) => file.endsWith(".md"))
  .flatMap((file) => {
    const text = readFileSync(new URL(file, root), "utf8");
    return [...text.matchAll(/^```ya?ml\n(.*?)^```/gms)].map(({ 1: yaml = "", index }) => ({
      where: `${file}:${text.slice(0, index).split("\n").length}`,
      block: parseYaml(filled(yaml), { merge: true }) as Yaml,
    }));
  });

describe("the examples in the documents", () => {
  for (const [kind, read] of Object.entries(kinds)) {
    const configs = blocks.flatMap(({ where, block }) => {
      const config = read(block);
      return config ? [{ where, config }] : [];
    });

    it(`have one of ${kind}`, () => {
      ok(configs.length > 0);
    });

    for (const { where, config } of configs) {
      it(`are right: ${where}`, () => {
        const whole = { hosts: { bench: { board: "pi4" } }, keys: { holders: [key] }, ...config };
        const parsed = fleetConfig.safeParse(whole);
        ok(parsed.success, parsed.error && faultLines(parsed.error, whole, fleetConfig).join("\n"));
      });
    }
  }
});

/** Keys are cut in the examples. */
function filled(yaml: string): string {
  return yaml
    .replaceAll("ssh-ed25519 AAAA…", key)
    .replaceAll("SHA256:…", `SHA256:${"A".repeat(43)}`)
    .replaceAll(/(\.cachix\.org-1:)…/g, `$1${"A".repeat(43)}=`);
}
