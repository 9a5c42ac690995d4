import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { UserError } from "./shared/user-error.js";
import { publicKeyFault } from "./ssh/public-key.js";

export interface SshKeysArgs {
  /** The public keys that people hold, one OpenSSH line each; at least one, so that nobody is locked out. */
  readonly holders: readonly string[];
  /** The Pis that get a host key made for their first boot; adopted ones have theirs. */
  readonly hosts: readonly string[];
}

/** The fleet's deploy key and a host key for each Pi that is to be flashed, made once and kept in the stack's state. */
export class SshKeys extends pulumi.ComponentResource {
  /** The one key that deploys. Secret. OpenSSH format. */
  readonly deployPrivateKey: pulumi.Output<string>;
  /** Its public half, `ssh-ed25519 AAAA… pi-fleet`. */
  readonly deployPublicKey: pulumi.Output<string>;
  /** All keys that a Pi lets in: the holders', then the deploy key. */
  readonly authorizedKeys: pulumi.Output<string[]>;
  private readonly hostKeys = new Map<string, tls.PrivateKey>();

  constructor(name: string, args: SshKeysArgs, opts?: pulumi.ComponentResourceOptions) {
    super("pi-fleet:index:SshKeys", name, {}, opts);
    const fault =
      args.holders.map(publicKeyFault).find(Boolean) ??
      (args.holders.length === 0 ? "there is none" : undefined);
    if (fault) throw new UserError(`${name}: holders needs a public key that a person holds: ${fault}`);

    const deploy = this.makeKey(`${name}-deploy`);
    for (const host of args.hosts) this.hostKeys.set(host, this.makeKey(`${name}-host-${host}`));
    this.deployPrivateKey = pulumi.secret(deploy.privateKeyOpenssh);
    this.deployPublicKey = pulumi.unsecret(deploy.publicKeyOpenssh).apply((key) => `${key.trim()} pi-fleet`);
    this.authorizedKeys = this.deployPublicKey.apply((key) => [...args.holders, key]);
    this.registerOutputs({ deployPublicKey: this.deployPublicKey });
  }

  /** The public host key made for `host`; `undefined` in a run that does not make it. */
  hostPublicKey(host: string): pulumi.Output<string | undefined> {
    // A key that --target leaves out has no text.
    return pulumi
      .unsecret(this.hostKey(host).publicKeyOpenssh as pulumi.Output<string | undefined>)
      .apply((key) => key?.trim());
  }

  /** The private host key made for `host`, for its first-boot bundle. Secret. */
  hostPrivateKey(host: string): pulumi.Output<string> {
    return pulumi.secret(this.hostKey(host).privateKeyOpenssh);
  }

  private hostKey(host: string): tls.PrivateKey {
    const key = this.hostKeys.get(host);
    if (!key) throw new Error(`no host key was made for ${host}: name it in the hosts of SshKeys`);
    return key;
  }

  private makeKey(name: string): tls.PrivateKey {
    return new tls.PrivateKey(name, { algorithm: "ED25519" }, { parent: this });
  }
}
