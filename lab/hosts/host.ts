import { rm, writeFile } from "node:fs/promises";
import { execa, type Result } from "execa";
import { labCgroup } from "./cgroup.js";
import { exists } from "./exists.js";
import { LabError } from "./lab-error.js";
import { log, onLaptop, requireAnchor, startDetached } from "./namespaces.js";
import { labDir, script } from "./paths.js";
import { killNow, livePid, until } from "./process.js";
import { machine, type Machine } from "./topology.js";

const BOOT_SECONDS = 60;

/** One virtual machine, and what a person who stands beside it can do. */
export class Host {
  constructor(readonly machine: Machine) {}

  get name(): string {
    return this.machine.name;
  }

  /** Its PID 1 as this machine numbers it; undefined when it is off. */
  pid(): Promise<number | undefined> {
    return livePid(labDir("hosts", this.name, "init"));
  }

  /** True when it accepts ssh connections. */
  async isUp(): Promise<boolean> {
    const pid = await this.pid();
    if (pid === undefined) return false;
    // sshd writes its id once it listens; until the host has its own root, /run is the machine's.
    const root = `/proc/${pid}/root`;
    return (await exists(`${root}/usr/lib/pi-fleet-lab/stage2`)) && (await exists(`${root}/run/sshd.pid`));
  }

  /** True when a card was flashed for it, so that it can boot. */
  isFlashed(): Promise<boolean> {
    return exists(labDir("hosts", this.name, "flashed"));
  }

  /** Switches it on and waits until it can be reached; does nothing to a host that is on. */
  async boot(): Promise<void> {
    if (!(await this.isFlashed())) {
      throw new LabError(`${this.name} has no card yet: npm run lab flashes it after the first pulumi up.`);
    }
    const anchor = await requireAnchor();
    if ((await this.pid()) !== undefined) return this.waitUntilUp();
    const failed = await startDetached(this.name, [
      ...onLaptop(anchor),
      "--pid",
      "sh",
      script("power.sh"),
      labDir(),
      this.name,
      this.machine.address,
      await labCgroup(),
      String(anchor),
    ]);
    await this.waitUntilUp(BOOT_SECONDS, failed);
  }

  /** Waits for sshd, for instance after a reboot from within. */
  async waitUntilUp(seconds = BOOT_SECONDS, failed?: AbortSignal): Promise<void> {
    await until(
      async () => {
        if (failed?.aborted) throw new LabError(`${this.name} does not boot: ${await log(this.name)}`);
        return this.isUp();
      },
      seconds,
      async () => `${this.name} was not up in ${seconds} s: ${await log(this.name)}`,
    );
  }

  /** Pulls the plug: nothing on the host gets a chance to react. The card stays as it is. */
  async powerOff(): Promise<void> {
    const pid = await this.pid();
    if (pid !== undefined) killNow(pid);
    const cgroup = await labCgroup(this.name);
    await until(
      async () => (await this.pid()) === undefined && !(await exists(cgroup)),
      20,
      () => `${this.name} did not switch off in 20 s.`,
    );
  }

  /** Pulls the network cable; it stays pulled over reboots. */
  async linkDown(): Promise<void> {
    await writeFile(labDir("hosts", this.name, "link-down"), "");
    await this.setLink("down");
  }

  /** Plugs the network cable in. */
  async linkUp(): Promise<void> {
    await rm(labDir("hosts", this.name, "link-down"), { force: true });
    await this.setLink("up");
  }

  /** True while the network cable is plugged in. */
  async isLinked(): Promise<boolean> {
    return !(await exists(labDir("hosts", this.name, "link-down")));
  }

  /** Runs a command on it as root, without the network. Never throws because of the command's exit code. */
  async run(command: readonly string[], options: { input?: string } = {}): Promise<Result> {
    const pid = await this.pid();
    if (pid === undefined) throw new LabError(`${this.name} is off.`);
    const [file = "", ...args] = [
      "nsenter",
      `--target=${pid}`,
      ...["--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup"],
      ...command,
    ];
    return execa(file, args, {
      input: options.input ?? "",
      reject: false,
      extendEnv: false,
      env: {
        HOME: "/root",
        USER: "root",
        PATH: "/run/wrappers/bin:/run/current-system/sw/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      },
    });
  }

  private async setLink(state: "up" | "down"): Promise<void> {
    if ((await this.pid()) === undefined) return;
    const [file = "", ...args] = [...onLaptop(await requireAnchor()), "ip", "link"];
    await execa(file, [...args, "set", `v-${this.name}`, state]);
    // The kernel tells the bridge up to a second later.
    await until(
      async () =>
        (await execa(file, [...args, "show", `v-${this.name}`])).stdout.includes(
          ` state ${state.toUpperCase()} `,
        ),
      10,
      () => `The cable of ${this.name} is not ${state} after 10 s.`,
    );
  }
}

/** The host called `name`. */
export function host(name: string): Host {
  return new Host(machine(name));
}
