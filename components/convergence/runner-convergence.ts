import { type ListedRunner } from "../runners/github-runners.js";
import { outdatedBy } from "../runners/runner-releases.js";
import { type RunnerRelease } from "../runners/runner-releases.js";
import type { Outcome } from "../protocol/outcome.js";
import type { Observation } from "../on-pi/observe.js";
import type { RunnerSpec } from "../protocol/runner-spec.js";

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

/** What a preview knows of one runner, and what it hands to its delivery. */
export interface RunnerConvergence {
  /** The delivery's `DELIVERY`: what the Pi reports while all is well, else a text that no state holds already. */
  readonly id: string;
  /** True when the Pi and GitHub show the runner as it should be. */
  readonly confirmed: boolean;
  readonly remark: string | undefined;
}

/** Compares a runner as it is wanted with what its Pi and GitHub show. `now` makes what is to be done an update. */
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
  if (seen.kind !== "seen") return todo(`${spec.name} is to be looked at again`, now);
  if (seen.status.spentRunners.includes(spec.name))
    return drifted(pi, `${spec.name} has done its one job, and \`pulumi up\` gives it another`, now);
  const registered = seen.status.registered[spec.name];
  if (!registered) return todo(`${spec.name} is not registered from this Pi`, now);
  if (registered.registration !== spec.registration)
    return todo(`${spec.name} is registered with other labels, group, name or url`, now);
  if (listing.kind !== "listed") {
    const remark =
      listing.kind === "unknown"
        ? `whether ${spec.name} is still registered could not be seen: ${listing.message}`
        : undefined;
    return { id: registered.delivery, confirmed: true, remark };
  }
  // One that registers anew by itself has another id after each job.
  const listed = listing.runners.find(
    ({ id, name }) =>
      id === registered.id || (spec.ephemeral && name.toLowerCase() === spec.name.toLowerCase()),
  );
  const drift = listed
    ? listed.status === "offline"
      ? `GitHub lists ${spec.name} as offline, though ${pi} is on`
      : undefined
    : `GitHub has no runner ${spec.name} with the id ${registered.id} in ${spec.scope} any more: ` +
      `it was deleted, replaced, or ${spec.credential.kind === "just-in-time" ? "offline for a day" : "offline for 14 days"}`;
  if (drift) return drifted(pi, drift, now);
  const version = seen.status.runnerVersions[spec.name];
  const release = version && outdatedBy(version, listing.releases);
  const remark = release
    ? `${spec.name} is version ${version} of GitHub's runner, and ${release} is out for over 30 days: GitHub gives it no ` +
      "jobs any more. Take a newer nixpkgs (nix flake update nixpkgs --flake ./nix), then: pulumi up"
    : undefined;
  return { id: registered.delivery, confirmed: true, remark };
}

function drifted(pi: string, what: string, now: string): RunnerConvergence {
  return { ...todo(what, now), remark: `${pi} drifted: ${what}` };
}

function todo(what: string, now: string): RunnerConvergence {
  return { id: `${what}, seen ${now}`, confirmed: false, remark: undefined };
}
