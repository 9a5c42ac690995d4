import { readdirSync } from "node:fs";

/**
 * The lab's tests. The files of a group share a lab and run in one process, in this order. Two groups run side by side,
 * and the longest come first.
 */
const order: Record<string, readonly string[]> = {
  fleet: [
    "fleet/journey",
    "fleet/changes",
    "fleet/pis-that-fail",
    "fleet/by-hand",
    "fleet/images",
    "fleet/waves",
    "fleet/secrets",
    "fleet/github-keys",
    "fleet/restricted-user",
    "fleet/interrupted",
    "fleet/refusals",
    "fleet/bench",
    "fleet/ending",
  ],
  runner: [
    "runner/registration",
    "runner/drift",
    "runner/jobs",
    "runner/github-away",
    "runner/just-in-time",
    "runner/leaving",
  ],
  qemu: ["qemu/first-boot", "qemu/power-cuts", "qemu/boot-path"],
  faults: ["faults/faults", "faults/half-way"],
  reboot: ["reboot"],
  nix: ["nix/evaluation", "nix/boards", "nix/flakes", "nix/system", "nix/options"],
  lab: ["lab"],
  migration: ["migration"],
  cards: ["cards", "card-faults"],
};

/** A group's name and its files, from the checkout's root. */
export interface Group {
  readonly name: string;
  readonly files: string[];
}

/** All groups. Fails when a test file is in none, since it would never run. */
export function labGroups(): Group[] {
  const found = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => file.replace(".test.ts", ""));
  const listed = Object.values(order).flat();
  const forgotten = found.filter((file) => !listed.includes(file));
  if (forgotten.length > 0) throw new Error(`test/lab/groups.ts must name ${forgotten.join(", ")}.`);
  return Object.entries(order).map(([name, files]) => ({
    name,
    files: files.map((file) => `test/lab/${file}.test.ts`),
  }));
}
