import type { NamedBuildHost } from "../protocol/build-host.js";
import type { Target } from "../ssh/target.js";

/** The build host that is this machine. */
export const thisMachine: NamedBuildHost = { name: "local", config: { kind: "local" } };

/** The build host as something to log in to, or `undefined` for this machine. */
export function buildHostTarget({ name, config }: NamedBuildHost): Target | undefined {
  return config.kind === "local" ? undefined : { ...config, name, option: `buildHosts.${name}` };
}
