import * as pulumi from "@pulumi/pulumi";
import type { SecretDelivery } from "../protocol/secret-delivery.js";
import { secretsDir } from "../secrets/secret-files.js";

/** What the card of a Pi that was never booted needs. All of it together is secret. */
export interface FirstBoot {
  /** In OpenSSH's format. */
  readonly hostPrivateKey: string;
  readonly hostPublicKey: string | undefined;
  /** The user that deploys. */
  readonly user: string;
  /** The keys that let people and the fleet in, one OpenSSH line each. */
  readonly authorizedKeys: string[];
  /** Files to write. When the owner does not exist yet, it gets the file once the Pi has its system. */
  readonly secrets: { path: string; content: string; owner: string; group: string; mode: string }[];
}

export interface FirstBootArgs {
  readonly user: string;
  readonly hostPrivateKey: pulumi.Output<string>;
  readonly hostPublicKey: pulumi.Output<string | undefined>;
  readonly authorizedKeys: pulumi.Output<string[]>;
  readonly delivery: pulumi.Output<SecretDelivery>;
}

export function firstBootOf(args: FirstBootArgs): pulumi.Output<FirstBoot> {
  return pulumi
    .all([args.hostPrivateKey, args.hostPublicKey, args.authorizedKeys, args.delivery])
    .apply(([hostPrivateKey, hostPublicKey, authorizedKeys, { files }]) => ({
      ...{ hostPrivateKey, hostPublicKey, user: args.user, authorizedKeys },
      secrets: files.map(({ name, content, owner, group, mode }) => ({
        ...{ path: `${secretsDir}/${name}`, content, owner, group, mode },
      })),
    }));
}
