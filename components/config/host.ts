import type { z } from "zod";
import { hostFaults } from "./host-faults.js";
import { hostShape } from "./host-options.js";

/** One entry of `hosts`. */
export const host = hostShape.superRefine((value, ctx) => {
  for (const { path, message } of hostFaults(value))
    ctx.addIssue({ code: "custom", path: [...path], message });
});

/** A host with its defaults filled in. */
export type HostConfig = z.output<typeof host>;
/** A host as a person writes it. */
export type HostInput = z.input<typeof host>;

/** The address that ssh uses for a host. */
export function hostAddress(name: string, config: { address?: string | undefined }): string {
  return config.address ?? `${name}.local`;
}
