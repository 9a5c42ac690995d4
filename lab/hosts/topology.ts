import { LabError } from "./lab-error.js";

/** A machine of the lab's private network. */
export interface Machine {
  readonly name: string;
  readonly address: string;
  /** As nix/boards names it; "-" for what is no Pi. */
  readonly board: string;
  /** The first user of a freshly flashed card. */
  readonly user: string;
  /** Its Nix also builds for these, by the machine's emulation. */
  readonly extraPlatforms: readonly string[];
}

/** Addresses of one /24, after the laptop's and the NAS's. */
const MOST_PIS = 240;

/** How many Pis the lab is asked to have; undefined for those of Pulumi.lab.yaml. */
export const askedPis = countOf(process.env.PI_FLEET_LAB_HOSTS);

/** The virtual Pis; `lab-c` stands for a Pi 4, so its system is aarch64. */
export const pis: readonly Machine[] =
  askedPis === undefined
    ? [pi("lab-a", 0), pi("lab-b", 1), { ...pi("lab-c", 2), board: "pi4", extraPlatforms: ["aarch64-linux"] }]
    : namesOf(askedPis).map(pi);

/** A Linux box that builds over ssh. */
export const nas: Machine = {
  name: "nas",
  address: "10.77.0.2",
  board: "-",
  user: "builder",
  extraPlatforms: ["aarch64-linux"],
};

export const machines: readonly Machine[] = [...pis, nas];

/** A Pi with a boot loader and a kernel of its own, in QEMU. It is there when it is asked for; see lab/qemu. */
export const qemuPi: Machine = {
  name: "lab-q",
  address: "10.77.0.14",
  board: "pi4",
  user: "pi",
  extraPlatforms: [],
};

/** Its entry in `pi-fleet:hosts`. */
export const qemuPiConfig = { board: qemuPi.board, settings: { lab: { qemu: { enable: true } } } };

/** /etc/hosts of every machine in the lab, the laptop's included. */
export function hostsFile(): string {
  const lines = [...machines, qemuPi].map(({ name, address }) => `${address} ${name}.local ${name}`);
  return ["127.0.0.1 localhost", "::1 localhost", "10.77.0.1 laptop.local laptop", ...lines, ""].join("\n");
}

/** The machine called `name`. */
export function machine(name: string): Machine {
  const found = machines.find((candidate) => candidate.name === name);
  if (found === undefined) {
    throw new LabError(
      `The lab has no host "${name}". Its hosts: ${machines.map((one) => one.name).join(", ")}.`,
    );
  }
  return found;
}

/** What is wrong with a value of PI_FLEET_LAB_HOSTS. */
export function countFault(text: string | undefined): string | undefined {
  if (!text || countOf(text) !== undefined) return undefined;
  return `PI_FLEET_LAB_HOSTS is "${text}". It is a number of Pis, from 1 to ${MOST_PIS}.`;
}

function countOf(text: string | undefined): number | undefined {
  if (!text || !/^\d+$/.test(text)) return undefined;
  const count = Number(text);
  return count >= 1 && count <= MOST_PIS ? count : undefined;
}

/** lab-01, lab-02 …: in a list that is sorted by name they keep their order. */
export function namesOf(count: number): string[] {
  const digits = Math.max(2, String(count).length);
  return Array.from({ length: count }, (_, index) => `lab-${String(index + 1).padStart(digits, "0")}`);
}

function pi(name: string, index: number): Machine {
  return { name, address: `10.77.0.${11 + index}`, board: "virtual", user: "pi", extraPlatforms: [] };
}
