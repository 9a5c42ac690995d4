import {
  execOnLaptop,
  host,
  LabError,
  labTools,
  machines,
  QemuPi,
  qemuPi,
  requireMachine,
  type RunningCommand,
  stopLab,
} from "./hosts/index.js";
import { status } from "./status.js";
import { up } from "./up.js";

const HELP = `npm run lab                  start the lab, converge its Pis and show them
npm run lab -- --qemu        the same with one Pi more, in QEMU: ${qemuPi.name}, with a boot loader and a kernel of its own
npm run lab -- exec CMD…     run a command in the lab: pulumi, nix, ssh, anything
npm run lab -- status        what is on
npm run lab -- down          end the lab and leave nothing of it
npm run lab -- power-off HOST | boot HOST | link-down HOST | link-up HOST
                             what somebody beside the hosts can do (${[...machines, qemuPi].map(({ name }) => name).join(", ")})

PI_FLEET_LAB_DIR        where the lab is kept (default: a directory of this checkout in /var/tmp)
PI_FLEET_LAB_CARD_SIZE  size of a virtual Pi's card (default: 1536M)
PI_FLEET_DEBIAN_MIRROR  what the base image is made from (default: mmdebstrap's own)`;

const report = (line: string) => process.stderr.write(`lab: ${line}\n`);

const interruption = new AbortController();

async function main([verb = "up", ...args]: readonly string[]): Promise<number> {
  if (["help", "--help", "-h"].includes(verb)) {
    console.log(HELP);
    return 0;
  }
  await requireMachine();
  switch (verb) {
    case "up":
    case "--qemu":
      none(args);
      return up({ report, watch: forwardSignals, stop: interruption.signal, qemu: verb === "--qemu" });
    case "exec":
      return exec(args);
    case "status":
      none(args);
      console.log(await status());
      return 0;
    case "down":
      none(args);
      await stopLab();
      return 0;
    case "boot":
    case "power-off":
    case "link-down":
    case "link-up":
      await besideHost(verb, one(args));
      return 0;
    default:
      throw new LabError(`There is no verb "${verb}".\n${HELP}`);
  }
}

/** What a person does who stands beside a host. */
async function besideHost(verb: "boot" | "power-off" | "link-down" | "link-up", name: string): Promise<void> {
  if (name === qemuPi.name) {
    const box = await QemuPi.prepare(await labTools(report), report);
    if (verb === "power-off") return box.powerOff();
    if (verb !== "boot") return box.setLink(verb === "link-down" ? "down" : "up");
    await box.powerOn();
    return box.untilUp(600);
  }
  const one = host(name);
  if (verb === "boot") return one.boot();
  if (verb === "power-off") return one.powerOff();
  return verb === "link-down" ? one.linkDown() : one.linkUp();
}

async function exec(command: readonly string[]): Promise<number> {
  if (command.length === 0) throw new LabError(`Name a command.\n${HELP}`);
  const running = await execOnLaptop(await labTools(report), command, { inherit: true });
  forwardSignals(running);
  return (await running.result).exitCode;
}

/** Passes signals on. Not ctrl-C on a terminal, which the command gets by itself: two would stop pulumi at once. */
function forwardSignals(running: RunningCommand): void {
  const forward = (signal: NodeJS.Signals) => {
    interruption.abort();
    if (signal !== "SIGINT" || !process.stdin.isTTY) running.kill(signal);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, forward);
  void running.result.finally(() => {
    for (const signal of signals) process.off(signal, forward);
  });
}

function one(args: readonly string[]): string {
  const [name, ...more] = args;
  if (name === undefined || more.length > 0) throw new LabError(`Name one host.\n${HELP}`);
  return name;
}

function none(args: readonly string[]): void {
  if (args.length > 0) throw new LabError(`What is "${args.join(" ")}"?\n${HELP}`);
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    const known = error instanceof LabError || (error instanceof Error && error.constructor === Error);
    process.stderr.write(`${known ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
