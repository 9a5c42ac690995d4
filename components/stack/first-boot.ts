import * as pulumi from "@pulumi/pulumi";
import type { FirstBoot } from "../protocol/first-boot.js";
import type { SecretDelivery } from "../protocol/secret-delivery.js";
import { secretsDir } from "../secrets/secret-files.js";

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
