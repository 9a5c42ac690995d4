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
  { at: "the root begins to grow", words: /Starting .*Grow the root partition/, sample: true },
  { at: "the root has grown", words: /Finished .*Grow the root partition/ },
  { at: "the store begins to be registered", words: /Starting .*Register Nix Store Paths/ },
  { at: "the store is registered", words: /Finished .*Register Nix Store Paths/ },
  { at: "the bundle begins to be consumed", words: /Starting .*Consume the first-boot bundle/, sample: true },
  { at: "the bundle is consumed", words: /Finished .*Consume the first-boot bundle/ },
  { at: "the ssh server runs", words: /Started .*OpenBSD Secure Shell server/ },
];
