import { execa } from "execa";
import { Activation } from "../activation/activation.js";
import { build } from "../nix/build.js";
import { type HostConfig } from "../config/host.js";
import { type Timeouts } from "../config/timeouts.js";
import { timeouts as timeoutsSchema } from "../config/timeouts.js";
import { copyClosure } from "../nix/copy.js";
import { nearest } from "../shared/nearest.js";
import { UserError } from "../shared/user-error.js";
import { PhaseError } from "../protocol/phase-error.js";
import { onPiScript } from "../on-pi/scripts.js";
import { observe } from "../on-pi/observe.js";
import { progress } from "../shared/progress.js";
import { pendingReboot } from "../activation/pending-reboot.js";
import type { RebootRules } from "../protocol/reboot-rules.js";
import { checkDiskSpace } from "../activation/disk-space.js";
import { sign } from "../nix/sign.js";
import { SshSession } from "../ssh/session.js";
import { remote } from "../ssh/remote.js";
import { connect } from "../ssh/connection.js";
import { SshError } from "../ssh/ssh-error.js";
import { type Target } from "../ssh/target.js";
import { previewedInputs, type PreviewedInputs } from "./previewed-inputs.js";

const help = `npm run pi -- status              what each Pi runs and would boot, and its runners
npm run pi -- generations PI      its systems, the newest first
npm run pi -- rollback PI [N]     back to the generation before the running one, or to N
npm run pi -- reboot PI           restarts it, and back to what it booted before if it is not well after that
npm run pi -- dry-activate PI     build and copy what config wants now, and tell what would restart; changes nothing
npm run pi -- test PI             build, copy and run it until the Pi's next restart; it boots what it booted before

They work on the stack that is selected, beside its state: after a rollback or a test the next \`pulumi preview\` shows
what would bring the Pi to what config wants. Both have their health checks and are confirmed over a fresh connection
like any other switch. Secrets are left as they are: \`pulumi up\` brings new ones.`;

/** What index.ts exports as `access`. */
interface Access {
  readonly deployKey: string;
  /** When there are Pis that take only what is signed. */
  readonly signingKey?: string;
  readonly pis: Record<string, PiAccess>;
}

interface PiAccess {
  readonly target: Target;
  readonly timeouts: Timeouts;
  readonly goal: HostConfig["goal"];
  readonly health: HostConfig["health"];
  readonly reboot: RebootRules;
  readonly idle: number;
}

const verbs = ["status", "generations", "rollback", "reboot", "dry-activate", "test", "help"];

async function main([verb, name, generation, ...rest]: string[]): Promise<number> {
  if (verb === undefined || ["help", "--help", "-h"].includes(verb)) {
    console.log(help);
    return 0;
  }
  if (!verbs.includes(verb))
    throw new UserError(`There is no verb "${verb}"${nearest(verb, verbs)}\n\n${help}`);
  const most = { status: 0, rollback: 2 }[verb] ?? 1;
  const given = [name, generation, ...rest].filter((word) => word !== undefined);
  if (given.length > most)
    throw new UserError(`${verb} does not take "${given.slice(most).join(" ")}".\n\n${help}`);
  const access = await readAccess();
  if (verb === "status") return status(access);
  const names = Object.keys(access.pis);
  const pi = name === undefined ? undefined : access.pis[name];
  if (!pi)
    throw new UserError(
      `${name ? `There is no Pi "${name}"${nearest(name, names)}` : `${verb} needs the name of a Pi.`} There are: ${names.join(", ")}`,
    );
  if (verb === "dry-activate" || verb === "test")
    return tryOut(access, verb, await previewedInputs(pi.target.name));
  return withPi(access, pi.target, pi.timeouts, async (session) => {
    if (verb === "reboot") return reboot(session, pi);
    const generations = await listGenerations(session, pi.target, pi.timeouts);
    if (verb === "generations") {
      for (const one of generations)
        console.log([one.number, one.made, one.system, one.marks.join(", ")].join("  "));
      return 0;
    }
    return rollback(session, pi, generations, generation);
  });
}

async function status({ deployKey, pis }: Access): Promise<number> {
  const lines = await Promise.all(
    Object.values(pis).map(({ target, timeouts, goal, reboot }) =>
      SshSession.with(
        { target, privateKey: deployKey, connectSeconds: timeouts.connect },
        async (session) => {
          const seen = await observe(session, target, timeouts.probe);
          if (seen.kind !== "seen") return seen.message;
          const { current, profile, runners, activation } = seen.status;
          const pending = pendingReboot(target.name, { goal, reboot }, seen.status)?.says;
          const boots = profile === current ? "boots it" : `would boot ${profile}`;
          const busy = activation
            ? `; ${activation.holder} is activating a system since ${activation.since}`
            : "";
          return `${target.name} runs ${current}, ${boots}${busy}${pending ? `; ${pending}` : ""}${runners.map((unit) => `; ${unit}`).join("")}`;
        },
      ),
    ),
  );
  console.log(lines.join("\n"));
  return 0;
}

/** Builds and copies what config wants; tells what it would do to the units, or runs it until the next restart. */
async function tryOut(
  access: Access,
  verb: "dry-activate" | "test",
  wanted: PreviewedInputs,
): Promise<number> {
  const { drv, toplevel, buildHost, target, timeouts } = wanted;
  const { name } = target;
  progress(`${name}: building on ${buildHost.name}`);
  // A root of its own: what an `up` has built meanwhile keeps its own.
  await build(buildHost, { drv, pi: `${name}-by-hand`, timeoutSeconds: timeouts.build });
  return withPi(access, target, timeouts, async (session) => {
    const id = `${toplevel}, tested by hand, ${new Date().toISOString()}`;
    const activation = new Activation(session, target, {
      ...wanted,
      id,
      goal: "test",
    });
    const bring = {
      checkSpace: () => checkDiskSpace(session, target, toplevel, buildHost, timeouts.connect),
      copy: async (restricted: boolean) => {
        if (restricted && access.signingKey)
          await sign(buildHost, {
            toplevel,
            secretKey: access.signingKey,
            timeoutSeconds: timeouts.build,
          });
        await copyClosure(session, target, {
          toplevel,
          buildHost,
          timeoutSeconds: timeouts.copy,
          restricted,
        });
      },
    };
    if (verb === "dry-activate") {
      for (const line of await activation.dryRun(bring)) console.log(`${name}: ${line}`);
      return 0;
    }
    const { old } = await activation.run(bring);
    console.log(
      old === toplevel
        ? `${name} runs ${toplevel} already: there is nothing to test.`
        : `${name} runs ${toplevel} until its next restart. To keep it: pulumi up. To end it: npm run pi -- rollback ${name}, or restart it.`,
    );
    return 0;
  });
}

interface Generation {
  readonly number: string;
  readonly made: string;
  readonly system: string;
  readonly marks: readonly string[];
}

async function listGenerations(
  session: SshSession,
  target: Target,
  timeouts: Timeouts,
): Promise<Generation[]> {
  const run = { input: onPiScript("generations.sh"), timeoutSeconds: timeouts.connect * 2, shared: true };
  const { stdout } = await remote(session, target, ["sh", "-s"], run);
  return stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const [number = "", made = "", system = "", ...marks] = line.split(" ");
      return { number, made, system, marks };
    });
}

async function rollback(
  session: SshSession,
  { target, timeouts, reboot, idle }: PiAccess,
  generations: readonly Generation[],
  asked: string | undefined,
): Promise<number> {
  const running = generations.findIndex(({ marks }) => marks.includes("running"));
  const system = generations[running]?.system;
  const before = generations.slice(running + 1).find((one) => one.system !== system);
  const chosen = asked === undefined ? before : generations.find(({ number }) => number === asked);
  if (!chosen) {
    const there = generations.map(({ number }) => number).join(", ");
    throw new UserError(
      asked === undefined
        ? `${target.name} has no generation before the running one. There are: ${there}`
        : `${target.name} has no generation ${asked}. There are: ${there}`,
    );
  }
  const id = `${chosen.system}, rolled back to by hand, ${new Date().toISOString()}`;
  const health = { units: [] };
  const activation = new Activation(session, target, {
    toplevel: chosen.system,
    id,
    goal: "switch",
    health,
    reboot: { ...reboot, when: "never", window: undefined },
    timeouts,
    idle,
  });
  const nothing = () => Promise.resolve();
  await activation.run({ checkSpace: nothing, copy: nothing });
  console.log(`${target.name} runs generation ${chosen.number}, ${chosen.system}, and boots it.`);
  return 0;
}

async function reboot(session: SshSession, pi: PiAccess): Promise<number> {
  const id = `asked for by hand, ${new Date().toISOString()}`;
  const { current } = await new Activation(session, pi.target, { ...pi, toplevel: "", id }).rebootNow();
  console.log(`${pi.target.name} booted ${current}.`);
  return 0;
}

async function readAccess(): Promise<Access> {
  const argv = ["stack", "output", "access", "--show-secrets", "--json", "--non-interactive"];
  const { exitCode, stdout, stderr } = await execa("pulumi", argv, { reject: false, stdin: "ignore" });
  if (exitCode !== 0)
    throw new UserError(`The stack has no Pis to reach yet (pulumi up makes them): ${stderr.trim()}`);
  const { pis, ...keys } = JSON.parse(stdout) as Access;
  const typed = Object.entries(pis).map(([name, pi]) => [
    name,
    { ...pi, timeouts: timeoutsSchema.parse(pi.timeouts) },
  ]);
  return { ...keys, pis: Object.fromEntries(typed) as Access["pis"] };
}

function withPi(
  { deployKey }: Access,
  target: Target,
  timeouts: Timeouts,
  use: (session: SshSession) => Promise<number>,
): Promise<number> {
  const login = { target, privateKey: deployKey, connectSeconds: timeouts.connect };
  return SshSession.with(login, async (session) => {
    const connection = await connect(session, target);
    try {
      return await use(session);
    } finally {
      await connection.close();
    }
  });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UserError || error instanceof SshError || error instanceof PhaseError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
