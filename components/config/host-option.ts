import type { z } from "zod";
import type { Board } from "./boards.js";

/** One option of a host: its schema, who reads it, and in which form. */
export interface HostOption<Schema extends z.ZodType = z.ZodType> {
  readonly schema: Schema;
  /**
   * Who reads it, and so where fleet.json has it.
   * - `module`: a module of nix/modules, as the NixOS option `fleet.NAME`.
   * - `flake`: nix/lib/host.nix, as a key of the host.
   * - `runners`: nix/modules/runner.nix. evaluation/runners-for-nix.ts makes one list of all runners.
   * - `deployer`: TypeScript alone. Nix is not told.
   * @default "module"
   */
  readonly reader: "module" | "flake" | "runners" | "deployer";
  /**
   * Makes the value that Nix is told.
   * @default the value itself
   */
  toNix?(value: z.output<Schema>, board: Board): unknown;
  /**
   * Whether a host with a flake of its own may set it. Its system has nothing of our modules and nix/lib/host.nix.
   * @default only the deployer's options
   */
  withOwnFlake?(value: z.output<Schema>): boolean;
}

/** An entry of the table, with the defaults filled in. */
export function hostOption<Schema extends z.ZodType>(
  schema: Schema,
  more: Partial<Omit<HostOption<Schema>, "schema">> = {},
): HostOption<Schema> {
  return { reader: "module", ...more, schema };
}
