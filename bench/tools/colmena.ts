import { type Tool } from "./tool.js";

/** colmena evaluates a hive with the real nixpkgs, and is in none of the package registries that build tools reach. */
export const colmena: Tool = {
  name: "colmena",
  prepare: async () =>
    "it evaluates its own hive with the real nixpkgs, of which the lab has a stand-in; the crate of this name is another program",
  deployment: async () => Promise.reject(new Error("colmena is not measured")),
};
