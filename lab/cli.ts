import {
  execOnLaptop,
  host,
  LabError,
  labTools,
  machines,
  type RunningCommand,
  stopLab,
} from "./hosts/index.js";

const HELP = `npm run lab                  start the lab, converge its Pis and show them
npm run lab -- exec CMD…     run a command in the lab: pulumi, nix, ssh, anything
npm run lab -- status        what is on
npm run lab -- down          end the lab and leave nothing of it
npm run lab -- power-off HOST | boot HOST | link-down HOST | link-up HOST
                             what somebody beside the hosts can do (${machines.map(({ name }) => name).join(", ")})`;

const report = (line: string) => process.stderr.write(`lab: ${line}\n`);

async function main(argv: readonly string[]): Promise<number> {
  const [verb = "up", ...rest] = argv;
  switch (verb) {
    case "up":
      await labTools(report);
      return 0;
    case "exec":
      return exec(rest);
    case "status":
      for (const { name } of machines) console.log(name, (await host(name).isUp()) ? "up" : "off");
      return 0;
    case "down":
      await stopLab();
      return 0;
    case "boot":
      await host(one(rest)).boot();
      return 0;
    case "power-off":
      await host(one(rest)).powerOff();
      return 0;
    case "link-down":
      await host(one(rest)).linkDown();
      return 0;
    case "link-up":
      await host(one(rest)).linkUp();
      return 0;
    case "help":
    case "--help":
    case "-h":
      console.log(HELP);
      return 0;
    default:
      throw new LabError(`There is no verb "${verb}".\n${HELP}`);
  }
}

function one(args: readonly string[]): string {
  const [name, ...more] = args;
  if (name === undefined || more.length > 0) throw new LabError(`Name one host.\n${HELP}`);
  return name;
}

async function exec(command: readonly string[]): Promise<number> {
  if (command.length === 0) throw new LabError(`Name a command.\n${HELP}`);
  const tools = await labTools(report);
  const running = await execOnLaptop(tools, command, { inherit: true });
  forwardSignals(running);
  return (await running.result).exitCode;
}

/** On a terminal ctrl-C reaches the command by itself: sent twice, it would mean "at once" to pulumi. */
function forwardSignals(child: RunningCommand): void {
  process.on("SIGINT", () => {
    if (!process.stdin.isTTY) child.kill("SIGINT");
  });
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    if (!(error instanceof LabError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  },
);
