import { isAbsolute, resolve } from "node:path";

/** `path:./x` and `./x` are from the project's directory; anything else is passed on as it is. */
export function absoluteRef(ref: string): string {
  const path = ref.startsWith("path:") ? ref.slice(5) : ref.startsWith(".") ? ref : undefined;
  return path === undefined || isAbsolute(path) ? ref : `path:${resolve(path)}`;
}
