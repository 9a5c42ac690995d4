import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { foretellReboot } from "../activation/pending-reboot.js";
import type { HostConfig } from "../config/host.js";
import type { PiConvergence } from "../convergence/pi-convergence.js";
import type { Evaluation } from "../evaluation/toplevel.js";
import type { Observation } from "../on-pi/observe.js";
import type { NamedBuildHost } from "../protocol/build-host.js";
import { parseOutcome, type Outcome } from "../protocol/outcome.js";
import type { Target } from "../ssh/target.js";
import { describeChange } from "./describe-change.js";
import type { Rollout } from "./rollout.js";
import { whenKnown } from "./when-known.js";
import { workOf, type BuildEnd, type Work } from "./work.js";

/** What the plan needs of one Pi. */
export interface AnnouncedPi {
  readonly name: string;
  readonly host: HostConfig;
  readonly buildHost: NamedBuildHost;
  readonly connectSeconds: number;
  readonly target: pulumi.Output<Target>;
  readonly deployKey: pulumi.Output<string>;
  readonly evaluation: pulumi.Output<Evaluation>;
  readonly convergence: pulumi.Output<PiConvergence>;
  readonly observation: pulumi.Output<Observation>;
  readonly last: pulumi.Output<Outcome | undefined>;
  readonly build: Pick<command.local.Command, "stdout" | "environment">;
}

/** Tells the rollout what this run has to do with a Pi: in a preview at once, in an `up` when the Pi's build has ended. */
export async function announceWork(rollout: Rollout, pi: AnnouncedPi): Promise<void> {
  const { target, deployKey, evaluation, convergence, observation } = pi;
  const known = await whenKnown(
    pulumi.all([
      pulumi.all([target, deployKey, evaluation, convergence, observation]),
      pulumi.output(buildEndOf(pi)),
      pi.last,
    ]),
  );
  rollout.announce(pi.name, known ? await workIn(pi, ...known) : { kind: "absent" });
}

/** Why a build failed, by the stdout of its Command; the empty string when it did not. */
export function buildFault(pi: string, stdout: string): string {
  const ended = parseOutcome(pi, stdout);
  return ended.status === "failed" ? (ended.message ?? "the build failed") : "";
}

function buildEndOf({ name, build }: AnnouncedPi): pulumi.Output<BuildEnd> | undefined {
  if (pulumi.runtime.isDryRun()) return undefined;
  // A Command that --target left out, and that was never made, has no stdout.
  const stdout = build.stdout as pulumi.Output<string | undefined>;
  return pulumi.all([stdout, build.environment]).apply(([said, ran]) => ({
    convergence: said === undefined ? undefined : ran?.["CONVERGENCE"],
    fault: buildFault(name, said ?? ""),
  }));
}

async function workIn(
  { name, host, buildHost, connectSeconds }: AnnouncedPi,
  [target, deployKey, evaluation, convergence, seen]: [
    Target,
    string,
    Evaluation,
    PiConvergence,
    Observation,
  ],
  build: BuildEnd | undefined,
  last: Outcome | undefined,
): Promise<Work> {
  const work = workOf(evaluation, convergence, seen, last, build);
  if (work.kind !== "another system") return work;
  const change = await describeChange({
    ...{ target: (seen.kind === "seen" && seen.former?.login) || target, deployKey, connectSeconds },
    old: work.seen.current,
    free: work.seen.free,
    toplevel: work.toplevel,
    ...(build ? { builtOn: buildHost } : {}),
    caches: (host.caches ?? []).map(({ url }) => url),
  });
  const reboot = await foretellReboot(name, host, work.seen, work.toplevel);
  const unknown = `reboot: known after the ${build ? "copy" : "build"}`;
  return { kind: "change", ...change, lines: [...change.lines, reboot ?? unknown] };
}
