import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { cacheDir } from "../../lab/engine/cache.js";
import { findOnPath } from "../../lab/engine/find-on-path.js";
import { withLock } from "../../lab/engine/lock.js";
import { exists } from "../../lab/hosts/exists.js";
import { aFewAtOnce, host, labDir } from "../../lab/hosts/index.js";
import { type Fleet, type Systems } from "../fleet.js";
import { type Tool } from "./tool.js";

const VERSION = "1.0.0";
const root = () => cacheDir(`deploy-rs-${VERSION}`);
const program = (name: string) => join(root(), "bin", name);
const FLAKE = `{ outputs = _: { deploy = builtins.fromJSON (builtins.readFile ./deploy.json); }; }\n`;

/**
 * deploy-rs with its automatic and magic rollback, from its crate. It is told the derivations of its profiles as it finds
 * them in a flake, so what it does not do here is to evaluate NixOS.
 */
export const deployRs: Tool = {
  name: "deploy-rs",
  prepare: async (fleet) => {
    const reason = await install();
    if (reason !== undefined) return reason;
    // A Pi that is deployed to by deploy-rs has its program already.
    const { outPaths } = await profiles(fleet, fleet.systems);
    const [first = ""] = Object.values(outPaths);
    const references = await fleet.output("nix-store", "--query", "--references", first);
    const own = references.split("\n").filter((path) => path.endsWith("-deploy-rs-activate"));
    fleet.kept.push(...own);
    await aFewAtOnce(fleet.pis, async (pi) => {
      for (const path of own) {
        await fleet.output("nix", "copy", "--to", `ssh://${pi}.local`, path);
        await host(pi).run(["ln", "-sfn", path, `/nix/var/nix/gcroots/bench-${path.split("/").at(-1)}`]);
      }
    });
    return undefined;
  },
  deployment: async (fleet, systems) => {
    const { outPaths, drvPaths } = await profiles(fleet, systems);
    const nodes = fleet.pis.map((pi) => {
      const system = { user: "root", path: outPaths[pi], drvPath: drvPaths[pi] };
      return [pi, { hostname: `${pi}.local`, sshUser: "pi", profiles: { system } }] as const;
    });
    const flake = labDir("bench/deploy-rs");
    await mkdir(flake, { recursive: true });
    await writeFile(join(flake, "flake.nix"), FLAKE);
    await writeFile(join(flake, "deploy.json"), JSON.stringify({ nodes: Object.fromEntries(nodes) }));
    return { argv: [program("deploy"), "--skip-checks", flake] };
  },
};

/** Installs deploy-rs into the cache, once. Gives the reason when it can't be had. */
async function install(): Promise<string | undefined> {
  if (await exists(program("deploy"))) return undefined;
  if ((await findOnPath("cargo")) === undefined) return "there is no cargo on PATH to build it with";
  return withLock(`${root()}.lock`, { timeout: 30 * 60_000 }, async () => {
    const argv = ["install", "deploy-rs", "--version", VERSION, "--locked", "--root", root()];
    const { exitCode, stderr } = await execa("cargo", argv, { reject: false });
    return exitCode === 0 ? undefined : `cargo can't install it: ${stderr.trim().split("\n").at(-1)}`;
  });
}

/** Builds the profile of each Pi. */
async function profiles(fleet: Fleet, systems: Systems) {
  const argv = [
    fileURLToPath(new URL("deploy-rs.nix", import.meta.url)),
    ...["--argstr", "systems", JSON.stringify(systems)],
    ...["--argstr", "program", program("activate")],
  ];
  // Both print a line for each attribute, in the order of their names.
  const names = Object.keys(systems).sort();
  const byName = (text: string): Systems =>
    Object.fromEntries(text.split("\n").map((path, i) => [names[i]!, path] as const));
  return {
    drvPaths: byName(await fleet.output("nix-instantiate", ...argv)),
    outPaths: byName(await fleet.output("nix-build", "--no-out-link", ...argv)),
  };
}
