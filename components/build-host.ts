import * as pulumi from "@pulumi/pulumi";
import type { BuildHostConfig } from "./config/build-host.js";
import type { NamedBuildHost } from "./protocol/build-host.js";

/** Where toplevels are built: this machine, or another Linux over ssh. */
export class BuildHost extends pulumi.ComponentResource {
  /** What the build and copy steps are told. */
  readonly named: NamedBuildHost;

  constructor(name: string, config: BuildHostConfig, opts?: pulumi.ComponentResourceOptions) {
    super("pi-fleet:index:BuildHost", `build-host-${name}`, {}, opts);
    this.named = { name, config };
    this.registerOutputs({ kind: config.kind });
  }
}
