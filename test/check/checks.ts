import { onPiScript } from "../../components/on-pi/scripts.js";
import { isShellScript } from "./files.js";
import { deadnix, nixfmt, shellcheck, type Tool } from "./tools.js";

/** One line of `npm run check`. */
export interface Check {
  readonly name: string;
  /** A command of node_modules/.bin, or a tool that is no npm package. */
  readonly command: string | Tool;
  /** Which files it is for. */
  readonly concerns: (file: string) => boolean;
  readonly arguments: (files: string[]) => string[];
  /** The texts of further files by name: they are none of the repository, and are written for the check. */
  readonly madeFiles?: () => Record<string, string>;
  /** Arguments that make the command repair what it finds. */
  readonly fixArguments?: (files: string[]) => string[];
}

const isTypeScript = (file: string) => /\.ts$/.test(file);
const isNix = (file: string) => file.endsWith(".nix");

/** All checks: the slowest first when they run side by side, each repair before the formatting of its result. */
export const checks: Check[] = [
  {
    name: "eslint",
    command: "eslint",
    concerns: (file) => /\.[cm]?[jt]s$/.test(file),
    arguments: () => ["--max-warnings=0", "."],
    fixArguments: () => ["--max-warnings=0", "--fix", "."],
  },
  {
    name: "types",
    command: "tsc",
    concerns: isTypeScript,
    arguments: () => ["--noEmit", "--pretty", String(Boolean(process.stdout.isTTY))],
  },
  {
    name: "imports",
    command: "depcruise",
    concerns: (file) => file.startsWith("components/") && isTypeScript(file),
    arguments: () => ["--config", ".dependency-cruiser.cjs", "components", "index.ts"],
  },
  {
    name: "prettier",
    command: "prettier",
    concerns: (file) => /\.([cm]?[jt]s|json|ya?ml|md)$/.test(file),
    arguments: (files) => ["--check", "--log-level=warn", ...files],
    fixArguments: (files) => ["--write", "--log-level=warn", ...files],
  },
  {
    name: "deadnix",
    command: deadnix,
    concerns: isNix,
    // A module's arguments are a convention: { config, lib, pkgs, ... } need not use each.
    arguments: (files) => ["--fail", "--no-lambda-pattern-names", ...files],
    fixArguments: (files) => ["--edit", "--no-lambda-pattern-names", ...files],
  },
  {
    name: "nixfmt",
    command: nixfmt,
    concerns: isNix,
    arguments: (files) => ["--check", ...files],
    fixArguments: (files) => files,
  },
  {
    name: "shellcheck",
    command: shellcheck,
    concerns: isShellScript,
    arguments: (files) => ["--color=auto", ...files],
    // Only where all of a script is in one file does it see a variable that nobody sets.
    madeFiles: () => ({
      "activate.sh": onPiScript("activate.sh"),
      "status.sh": onPiScript("status.sh"),
    }),
  },
];
