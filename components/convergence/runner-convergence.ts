import type { Observation } from "../on-pi/observe.js";
import type { Outcome } from "../protocol/outcome.js";
import type { RunnerSpec } from "../protocol/runner-spec.js";
import type { ListedRunner } from "../runners/github-runners.js";
import { outdatedBy, type RunnerRelease } from "../runners/runner-releases.js";

/** What GitHub lists in a runner's scope, or why that is not known. */
export type Listing =
  | {
      readonly kind: "listed";
      readonly runners: readonly ListedRunner[];
      readonly releases: readonly RunnerRelease[];
    }
  | { readonly kind: "unknown"; readonly message: string }
  /** Nothing was asked: a GitHub App can't read without making a token first, and a preview makes none. */
  | { readonly kind: "not asked" };

/** What this run knows of one runner, and what it hands to the runner's Command. */
export interface RunnerConvergence {
  /**
   * The Command's input `DELIVERY`: what the Pi reports while all is well, else a text with the time in it, which no state
   * holds. `PiConvergence.id` says why.
   */
  readonly id: string;
  /** Whether the Pi and GitHub show the runner as it should be. */
  readonly confirmed: boolean;
  /** A warning for a person, when there is one. */
  readonly remark: string | undefined;
}

/**
 * Compares a runner as it is wanted with what its Pi and GitHub show. It changes nothing.
 * @param pi the name of the Pi
 * @param now a time stamp. It makes the id of pending work differ from whatever the state holds
 */
export function runnerConvergence(
  pi: string,
  spec: RunnerSpec,
  seen: Observation,
  last: Outcome | undefined,
  listing: Listing,
  now: string,
): RunnerConvergence {
  if (seen.kind === "off" && last?.status !== "failed")
    return { id: last?.convergence ?? "not seen yet", confirmed: false, remark: undefined };
  if (seen.kind !== "seen") return toDo(`${spec.name} is to be looked at again`, now);
  const { spentRunners, registered, runnerVersions } = seen.status;
  if (spentRunners.includes(spec.name))
    return drifted(pi, `${spec.name} has done its one job, and \`pulumi up\` gives it another`, now);
  const onPi = registered[spec.name];
  if (!onPi) return toDo(`${spec.name} is not registered from this Pi`, now);
  if (onPi.registration !== spec.registration)
    return toDo(`${spec.name} is registered with other labels, group, name or url`, now);
  const asReported = { id: onPi.delivery, confirmed: true };
  if (listing.kind === "not asked") return { ...asReported, remark: undefined };
  if (listing.kind === "unknown") {
    const remark = `whether ${spec.name} is still registered could not be seen: ${listing.message}`;
    return { ...asReported, remark };
  }
  const drift = driftOnGitHub(pi, spec, onPi.id, listing.runners);
  if (drift) return drifted(pi, drift, now);
  return { ...asReported, remark: outdated(spec.name, runnerVersions[spec.name], listing.releases) };
}

function driftOnGitHub(
  pi: string,
  { name, scope, ephemeral, credential }: RunnerSpec,
  id: number,
  runners: readonly ListedRunner[],
): string | undefined {
  // An ephemeral runner registers anew by itself, and has another id after each job.
  const isIt = (one: ListedRunner) =>
    one.id === id || (ephemeral && one.name.toLowerCase() === name.toLowerCase());
  const listed = runners.find(isIt);
  if (listed)
    return listed.status === "offline" ? `GitHub lists ${name} as offline, though ${pi} is on` : undefined;
  const kept = credential.kind === "just-in-time" ? "a day" : "14 days";
  return (
    `GitHub has no runner ${name} with the id ${id} in ${scope} any more: ` +
    `it was deleted, replaced, or offline for ${kept}`
  );
}

function outdated(
  name: string,
  version: string | undefined,
  releases: readonly RunnerRelease[],
): string | undefined {
  const release = version && outdatedBy(version, releases);
  if (!release) return undefined;
  return (
    `${name} is version ${version} of GitHub's runner, and ${release} is out for over 30 days: GitHub gives it no ` +
    "jobs any more. Take a newer nixpkgs (nix flake update nixpkgs --flake ./nix), then: pulumi up"
  );
}

function drifted(pi: string, reason: string, now: string): RunnerConvergence {
  return { ...toDo(reason, now), remark: `${pi} drifted: ${reason}` };
}

function toDo(reason: string, now: string): RunnerConvergence {
  return { id: `${reason}, seen ${now}`, confirmed: false, remark: undefined };
}
