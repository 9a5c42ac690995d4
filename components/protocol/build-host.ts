import type { BuildHostConfig } from "../config/build-host.js";

/** Where a Pi's toplevel is built. */
export interface NamedBuildHost {
  readonly name: string;
  readonly config: BuildHostConfig;
}
