/** A moment of the first boot, by what the console says then. */
export interface Moment {
  readonly at: string;
  readonly words: RegExp;
  /** How much later it is. @default 0 */
  readonly laterMs?: number;
  /** `npm test` has it. */
  readonly sample?: true;
}

const grow = "expand-root-partition";
const register = "pi-fleet-register-store";
const consume = "pi-fleet-first-boot";

const starts = (unit: string) => new RegExp(`Starting ${unit}`);
const ends = (unit: string) => new RegExp(`Finished ${unit}`);

/** Mostly in the order of a first boot: the last steps run side by side. */
export const moments: readonly Moment[] = [
  { at: "the boot loader reads the kernel", words: /Retrieving file: .*-Image/ },
  { at: "the kernel starts its first process", words: /Run \/init as init process/ },
  { at: "systemd starts", words: /systemd .* running in system mode/ },
  { at: "the root begins to grow", words: starts(grow), sample: true },
  { at: "the root has grown", words: ends(grow) },
  { at: "the store begins to be registered", words: starts(register) },
  { at: "the store is half registered", words: starts(register), laterMs: 1500, sample: true },
  { at: "the store is registered", words: ends(register) },
  { at: "the first generation is there", words: ends("register-nix-paths") },
  { at: "the bundle begins to be consumed", words: starts(consume) },
  { at: "the bundle is half consumed", words: starts(consume), laterMs: 500 },
  { at: "the bundle is consumed", words: ends(consume) },
];
