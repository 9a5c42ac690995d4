/** A moment of the first boot, by what the console says then. */
export interface Moment {
  readonly at: string;
  readonly words: RegExp;
  /** `npm test` has it. */
  readonly sample?: true;
}

/** In the order of a first boot. */
export const moments: readonly Moment[] = [
  { at: "the boot loader reads the kernel", words: /Retrieving file: .*-Image/ },
  { at: "the kernel starts its first process", words: /Run \/init as init process/ },
  { at: "systemd starts", words: /Welcome to / },
  { at: "the root begins to grow", words: /Starting .*expand-root-partition/, sample: true },
  { at: "the root has grown", words: /Finished .*expand-root-partition/ },
  { at: "the store begins to be registered", words: /Starting .*register-nix-paths/ },
  { at: "the store is registered", words: /Finished .*register-nix-paths/ },
  { at: "the bundle begins to be consumed", words: /Starting .*pi-fleet-first-boot/, sample: true },
  { at: "the bundle is consumed", words: /Finished .*pi-fleet-first-boot/ },
  { at: "the ssh server runs", words: /Started .*ssh\.service/ },
];
