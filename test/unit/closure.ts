import { parseClosure } from "../../components/nix/closure.js";

export const MiB = 1024 ** 2;
export const store = "/nix/store";
/** A system of three store paths, of which the first two are what a boot loader copies. */
export const closure = parseClosure(
  [
    `size=${store}/1-linux \t  ${60 * MiB}`,
    `size=${store}/2-initrd\t${20 * MiB}`,
    `size=${store}/3-hello\t${10 * MiB}`,
    `boots=${store}/1-linux/Image`,
    `boots=${store}/2-initrd/initrd`,
    "compared=yes",
    "change=linux: 6.12.1 → 6.12.2, \u001b[31;1m+12.3 KiB\u001b[0m",
  ].join("\n"),
);
