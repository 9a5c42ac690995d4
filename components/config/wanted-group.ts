import type { RunnerConfig } from "./runner.js";

/** A runner group that config asks the stack to make. */
export interface WantedGroup {
  readonly api: string;
  readonly organization: string;
  readonly name: string;
  /** Those that may use it; all of the organisation when absent. */
  readonly repositories?: readonly string[] | undefined;
  readonly publicRepositories: boolean;
}

/** The group that a runner's config asks for. `undefined` for a group that is only named: it exists already. */
export function wantedGroup(runner: RunnerConfig): WantedGroup | undefined {
  if (runner.kind !== "organization" || typeof runner.group !== "object") return undefined;
  const { organization, github } = runner;
  const { name, repositories, publicRepositories } = runner.group;
  return { api: github.api, organization, name, repositories, publicRepositories };
}

/** A key that is the same for all runners of one group. `scope` is where GitHub's API keeps them. */
export function groupKey(api: string, scope: string, group: string | null): string {
  return `${api} ${scope} ${group ?? ""}`;
}
