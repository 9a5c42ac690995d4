import { z } from "zod";

export const firstBoot = z.object({
  /** In OpenSSH's format. */
  hostPrivateKey: z.string(),
  hostPublicKey: z.string().optional(),
  /** The user that deploys. */
  user: z.string(),
  /** The keys that let people and the fleet in, one OpenSSH line each. */
  authorizedKeys: z.array(z.string()),
  /** Files to write. When the owner does not exist yet, it gets the file once the Pi has its system. */
  secrets: z.array(
    z.object({
      path: z.string(),
      content: z.string(),
      owner: z.string(),
      group: z.string(),
      mode: z.string(),
    }),
  ),
});

/** What the card of a Pi that was never booted needs: the stack's output `firstBoot`. All of it together is secret. */
export type FirstBoot = z.output<typeof firstBoot>;

const wifi = z.object({
  networks: z.record(
    z.string(),
    z.object({
      secret: z.string().nullish(),
      hidden: z.boolean().optional(),
      priority: z.number().optional(),
    }),
  ),
  country: z.string().optional(),
  secretsFile: z.string().optional(),
});

/** What Nix is told of a host, as far as a first boot needs it: an entry of fleet.json. */
export const hostInFleetJson = z.object({
  runners: z
    .array(
      z.object({
        name: z.string(),
        tokenFile: z.string(),
        registration: z.string(),
        justInTime: z.boolean(),
      }),
    )
    .default([]),
  fleet: z.object({ port: z.number().optional() }).default({}),
  network: z
    .object({
      address: z.string().nullish(),
      gateway: z.string().optional(),
      nameservers: z.array(z.string()).default([]),
      interface: z.string().optional(),
      wifi: wifi.optional(),
    })
    .default({ nameservers: [] }),
});

export type HostInFleetJson = z.output<typeof hostInFleetJson>;
