import { isAbsolute, resolve } from "node:path";

/** What `nix eval` says of one Pi's toplevel. */
export type Evaluation =
  | { readonly kind: "toplevel"; readonly drvPath: string; readonly outPath: string; readonly system: string }
  | { readonly kind: "failed"; readonly message: string };

/** What a flake says of one Pi. */
export interface PlannedToplevel {
  drvPath: string;
  toplevel: string;
  system: string;
}

export function evaluationOf({ drvPath, toplevel, system }: PlannedToplevel): Evaluation {
  return { kind: "toplevel", drvPath, outPath: toplevel, system };
}

export function evaluationsOf(all: Record<string, PlannedToplevel>): Record<string, Evaluation> {
  return Object.fromEntries(Object.entries(all).map(([name, planned]) => [name, evaluationOf(planned)]));
}

/** `path:./x` and `./x` are from the project's directory; anything else is passed on as it is. */
export function absoluteRef(ref: string): string {
  const path = ref.startsWith("path:") ? ref.slice(5) : ref.startsWith(".") ? ref : undefined;
  return path === undefined || isAbsolute(path) ? ref : `path:${resolve(path)}`;
}
