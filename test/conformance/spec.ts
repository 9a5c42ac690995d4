import type { Resource } from "./project.js";

/** A local.Command of this name. */
export function local(name: string, args: object, opts?: object): Resource {
  return { type: "local", name, args, opts };
}

/** A remote.Command of this name. */
export function remote(name: string, args: object, opts?: object): Resource {
  return { type: "remote", name, args, opts };
}

/** Marks a value of a spec as secret. */
export function secret(value: unknown): object {
  return { $secret: value };
}
