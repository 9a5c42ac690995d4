import { pathToFileURL } from "node:url";
import { isPublished } from "./kept.js";

/** Loads a TypeScript entry of this package, in a checkout by compiling it: old code never runs after an edit. */
export async function load(entry) {
  if (isPublished) return await import(new URL(`dist/${entry}.js`, import.meta.url).href);
  const { compiled } = await import("./compiled.js");
  return await import(pathToFileURL(await compiled(entry, "module")).href);
}
