import { z } from "zod";

const secretFile = z.object({
  /** Its name in /var/lib/pi-fleet-secrets. */
  name: z.string(),
  owner: z.string(),
  group: z.string(),
  /** Octal, such as 0400. */
  mode: z.string(),
  /** The units that are restarted when it changes. */
  units: z.array(z.string()).readonly(),
  content: z.string(),
});

/** A secret as a file on a Pi. */
export type SecretFile = Readonly<z.output<typeof secretFile>>;

export const secretDelivery = z.object({
  files: z.array(secretFile).readonly(),
  /** The names of files that the system reads and that a person puts there: they are left alone. */
  keep: z.array(z.string()).readonly(),
  /** A mark of each file's content and rights, by its name. It tells nothing without the deploy key. */
  ids: z.record(z.string(), z.string()).readonly(),
});

/** The secrets that one Pi gets. All of it is secret but `keep` and `ids`. */
export type SecretDelivery = Readonly<z.output<typeof secretDelivery>>;
