import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { timed } from "./engine/progress.js";
import { checkout, execOnLaptop, LabError, QemuPi, qemuPi, qemuPiConfig, type Tools } from "./hosts/index.js";

const stackFile = join(checkout, "Pulumi.lab.yaml");
const inConfig = ["config", "pi-fleet:hosts", qemuPi.name];

/** True when the lab's config has the QEMU Pi. */
export async function hasQemuPi(): Promise<boolean> {
  return parseDocument(await readFile(stackFile, "utf8")).hasIn(inConfig);
}

/** Adds the QEMU Pi to the lab's config, where a person sees it and takes it away again. */
export async function addQemuPi(report: (line: string) => void): Promise<void> {
  if (await hasQemuPi()) return;
  const document = parseDocument(await readFile(stackFile, "utf8"));
  document.setIn(inConfig, document.createNode(qemuPiConfig));
  // As the file is written: a long line is no list of lines.
  await writeFile(stackFile, document.toString({ lineWidth: 0 }));
  report(`${qemuPi.name} is in Pulumi.lab.yaml now; take it out there when you don't want it any more`);
}

/** Flashes the QEMU Pi as a person does, unless its card has this host key, and switches it on. */
export async function startQemuPi(
  tools: Tools,
  hostPublicKey: string,
  report: (line: string) => void,
): Promise<void> {
  const box = await QemuPi.prepare(tools, report);
  if (!(await box.isFlashedFor(hostPublicKey))) {
    await box.powerOff();
    await box.insertCard();
    const argv = ["node", "pi.js", "flash", qemuPi.name, "--device", box.card, "--yes"];
    await timed(`${qemuPi.name}: npm run pi -- ${argv.slice(2).join(" ")}`, report, async () => {
      const { exitCode, stderr } = await (await execOnLaptop(tools, argv)).result;
      if (exitCode !== 0) throw new LabError(`${qemuPi.name} can't be flashed: ${stderr}`);
    });
    await box.keepSize();
    await box.trust(hostPublicKey);
  }
  await box.powerOn();
  await timed(`${qemuPi.name}: boot, by U-Boot, in emulation`, report, () => box.untilUp(600));
}
