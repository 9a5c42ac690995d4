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

/** The virtual Pis; `lab-c` stands for a Pi 4, so its system is aarch64. */
export const pis: readonly Machine[] = [
  { name: "lab-a", address: "10.77.0.11", board: "virtual", user: "pi", extraPlatforms: [] },
  { name: "lab-b", address: "10.77.0.12", board: "virtual", user: "pi", extraPlatforms: [] },
  { name: "lab-c", address: "10.77.0.13", board: "pi4", user: "pi", extraPlatforms: ["aarch64-linux"] },
];

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
