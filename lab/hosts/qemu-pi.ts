import { mkdir, open, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { execa } from "execa";
import { ensureQemu } from "../qemu/qemu.js";
import { labCgroup } from "./cgroup.js";
import { exists } from "./exists.js";
import { type Tools } from "./environment.js";
import { execOnLaptop } from "./exec.js";
import { useQemuFiles } from "./generated.js";
import { LabError } from "./lab-error.js";
import { log, onLaptop, requireAnchor, startDetached } from "./namespaces.js";
import { labDir, script } from "./paths.js";
import { killNow, livePid, until } from "./process.js";
import { qemuPi } from "./topology.js";

const { name, address } = qemuPi;
// A power of two, as the cards of QEMU's raspi3b have to be.
const CARD_BYTES = 2 * 1024 ** 3;

type Report = (line: string) => void;

/** The Pi with a boot loader and a kernel of its own, in QEMU, and what a person who stands beside it can do. */
export class QemuPi {
  readonly name = name;
  /** The file that is its card, for `npm run pi -- flash --device`. */
  readonly card = labDir("hosts", name, "card.img");

  private constructor(
    /** The directory with QEMU and U-Boot. */
    readonly made: string,
    private readonly tools: Tools,
  ) {}

  /** Makes what it is made of, once in a cache's life, and tells the lab's Nix of it. The lab is started. */
  static async prepare(tools: Tools, report: Report): Promise<QemuPi> {
    const made = await ensureQemu(tools.base, report);
    await useQemuFiles(made);
    const added = labDir("qemu-in-store");
    if ((await readFile(added, "utf8").catch(() => "")) !== made) {
      for (const blob of Object.keys(JSON.parse(await readFile(join(made, "qemu.json"), "utf8")) as object)) {
        const add = ["nix-store", "--add-fixed", "sha256", join(made, "blobs", `${blob}.tar.zst`)];
        const { exitCode, stderr } = await (await execOnLaptop(tools, add)).result;
        if (exitCode !== 0) throw new LabError(`${basename(made)} can't be put into the store: ${stderr}`);
      }
      await writeFile(added, made);
    }
    await mkdir(labDir("hosts", name), { recursive: true });
    return new QemuPi(made, tools);
  }

  /** Whether it is on or off; undefined when it has no card. */
  static async power(): Promise<"on" | "off" | undefined> {
    if (!(await exists(labDir("hosts", name, "card.img")))) return undefined;
    return (await livePid(labDir("hosts", name, "init"))) === undefined ? "off" : "on";
  }

  /** Puts in an empty card. It has to be switched off. */
  async insertCard(): Promise<void> {
    if ((await this.pid()) !== undefined) throw new LabError(`${name} is on: switch it off first.`);
    await rm(this.card, { force: true });
    await rm(labDir("known_hosts", name), { force: true });
    await (await open(this.card, "w")).close();
    await this.keepSize();
  }

  /** Gives the card its size again: `flash` leaves a file as long as the image, which no card would be. */
  keepSize(): Promise<void> {
    return truncate(this.card, CARD_BYTES);
  }

  /** Keeps the card as it is in a file, with its holes. */
  async copyCard(to: string): Promise<void> {
    await execa("cp", ["--sparse=always", this.card, to]);
  }

  /** Puts in a copy of a card that was kept. */
  async useCard(from: string): Promise<void> {
    await execa("cp", ["--sparse=always", from, this.card]);
  }

  /** True when the card in it was flashed for the Pi with this host key. */
  async isFlashedFor(hostPublicKey: string): Promise<boolean> {
    const trusted = await readFile(labDir("known_hosts", name), "utf8").catch(() => "");
    return trusted === `${name} ${hostPublicKey.trim()}\n` && (await exists(this.card));
  }

  /** The lab's person knows the Pi by this host key from now on. */
  trust(hostPublicKey: string): Promise<void> {
    return writeFile(labDir("known_hosts", name), `${name} ${hostPublicKey.trim()}\n`);
  }

  /** Its QEMU as this machine numbers it; undefined when it is off. */
  pid(): Promise<number | undefined> {
    return livePid(labDir("hosts", name, "init"));
  }

  /** What it has written to its serial console since it was last switched on. */
  console(): Promise<string> {
    return readFile(labDir("hosts", name, "console.log"), "utf8").catch(() => "");
  }

  /**
   * Switches it on; it boots for a while. Does nothing to one that is on. As `raspi3b` it has the boot loader and the
   * device tree of a Pi 3, and no network.
   */
  async powerOn(machine: "virt" | "raspi3b" = "virt"): Promise<void> {
    if ((await this.pid()) !== undefined) return;
    await rm(labDir("hosts", name, "console.log"), { force: true });
    const failed = await startDetached(name, [
      ...onLaptop(await requireAnchor()),
      "--pid",
      "sh",
      script("qemu.sh"),
      labDir(),
      name,
      address,
      await labCgroup(),
      this.made,
      machine,
    ]);
    await until(
      async () => {
        if (failed.aborted) throw new LabError(`${name} can't be switched on: ${await log(name)}`);
        return (await this.pid()) !== undefined;
      },
      10,
      async () => `${name} can't be switched on: ${await log(name)}`,
    );
  }

  /** Pulls the plug: nothing on it gets a chance to react. The card stays as it is. */
  async powerOff(): Promise<void> {
    const pid = await this.pid();
    if (pid !== undefined) killNow(pid);
    const cgroup = await labCgroup(name);
    await until(
      async () => {
        if ((await this.pid()) !== undefined) return false;
        await execa("rmdir", [cgroup], { reject: false });
        return !(await exists(cgroup));
      },
      20,
      () => `${name} did not switch off in 20 s.`,
    );
  }

  /** Pulls or plugs in the network cable; it stays so over reboots. */
  async setLink(state: "up" | "down"): Promise<void> {
    const pulled = labDir("hosts", name, "link-down");
    await (state === "down" ? writeFile(pulled, "") : rm(pulled, { force: true }));
    if ((await this.pid()) === undefined) return;
    const [file = "", ...args] = [
      ...onLaptop(await requireAnchor()),
      "ip",
      "link",
      "set",
      `v-${name}`,
      state,
    ];
    await execa(file, args);
  }

  /** Waits until its console has said this. */
  async untilSaid(words: RegExp, seconds: number): Promise<void> {
    await until(
      async () => words.test(await this.console()),
      seconds,
      async () =>
        `${name} did not say ${words.source} in ${seconds} s:\n${(await this.console()).slice(-3000)}`,
      0.1,
    );
  }

  /** Waits until its ssh server answers. */
  async untilUp(seconds = 180): Promise<void> {
    const answers = ["ssh-keyscan", "-T", "2", "-t", "ed25519", address];
    await until(
      async () => {
        const [file = "", ...args] = [...onLaptop(await requireAnchor()), ...answers];
        return (await execa(file, args, { reject: false })).stdout.includes("ssh-ed25519");
      },
      seconds,
      async () => `${name} was not up in ${seconds} s:\n${(await this.console()).slice(-3000)}`,
      1,
    );
  }

  /** Runs a script on it as root, over ssh, as the lab's person, whose key it has. */
  async run(words: string): Promise<{ exitCode: number; stdout: string; stderr: string }> {
    const argv = ["ssh", "-oBatchMode=yes", "-oConnectTimeout=10", name, "sudo", "-n", "sh"];
    return (await execOnLaptop(this.tools, argv, { input: words })).result;
  }
}
