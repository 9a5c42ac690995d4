import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execOnLaptop, labDir } from "../lab/hosts/index.js";
import { checkout } from "../lab/hosts/paths.js";
import { BenchError } from "./bench-error.js";
import { type Fleet } from "./fleet.js";
import { type Deployment } from "./measure.js";

/** What no program of this kind can be faster than: the parts that are not ours. */
export async function floors(fleet: Fleet): Promise<readonly (readonly [name: string, Deployment])[]> {
  return [
    ["empty preview", await emptyPreview(fleet)],
    ["nix eval", { argv: await fleet.evaluation() }],
    ["ssh", sshToAll(fleet)],
  ];
}

/** A login on each Pi, all at once. */
function sshToAll({ pis }: Fleet): Deployment {
  return {
    argv: ["xargs", "-P", String(pis.length), "-I", "{}", "ssh", "{}", "true"],
    input: pis.map((pi) => `${pi}.local\n`).join(""),
  };
}

/** A preview of a program that has as many Commands as the fleet's and nothing else, of which none changes. */
async function emptyPreview(fleet: Fleet): Promise<Deployment> {
  const cwd = labDir("bench/empty");
  const commands = await commandsOf(fleet);
  await mkdir(cwd, { recursive: true });
  await writeFile(
    join(cwd, "Pulumi.yaml"),
    "name: bench-empty\nruntime: { name: nodejs, options: { typescript: false } }\nmain: index.mjs\n",
  );
  await writeFile(
    join(cwd, "index.mjs"),
    `import * as command from "@pulumi/command";
for (let i = 0; i < ${commands}; i++) new command.local.Command(\`command-\${i}\`, { create: "true", environment: { I: \`\${i}\` } });
`,
  );
  await rm(join(cwd, "node_modules"), { force: true });
  await symlink(join(checkout, "node_modules"), join(cwd, "node_modules"));
  for (const args of [
    ["stack", "select", "--create", "empty"],
    ["up", "--yes", "--skip-preview"],
  ]) {
    const argv = ["pulumi", ...args, "--non-interactive"];
    const { exitCode, stdout, stderr } = await (await execOnLaptop(fleet.tools, argv, { cwd })).result;
    if (exitCode !== 0) throw new BenchError(`${argv.join(" ")} failed in ${cwd}.\n${stdout}\n${stderr}`);
  }
  return { argv: ["pulumi", "preview", "--expect-no-changes", "--non-interactive"], cwd };
}

/** How many Commands the fleet's stack has. */
async function commandsOf(fleet: Fleet): Promise<number> {
  const { deployment } = JSON.parse(await fleet.output("pulumi", "stack", "export")) as {
    deployment: { resources: { type: string }[] };
  };
  return deployment.resources.filter(({ type }) => type === "command:local:Command").length;
}
