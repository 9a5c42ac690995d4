import { createHash } from "node:crypto";
import { relative } from "node:path";
import { boards } from "../config/boards.js";
import { type RunnerConfig, runnerScope } from "../config/runner.js";
import { type HostConfig } from "../config/host.js";
import { type RunnerSpec } from "../protocol/runner-spec.js";

/** The runners of a Pi: `runner`, which takes the Pi's name by default, and those of `runners`. */
export function runnersOf(pi: string, host: RunnerHost): RunnerSpec[] {
  return configured(pi, host).map(([config, name, tokenFile]) => spec(config, name, tokenFile, host.board));
}

type RunnerHost = Pick<HostConfig, "board" | "runner" | "runners">;

export function configured(pi: string, host: RunnerHost) {
  const file = "/var/lib/github-runner/.runner_token";
  return [
    ...(host.runner ? [[host.runner, host.runner.name ?? pi, file] as const] : []),
    ...host.runners.map((runner) => [runner, runner.name, `${file}-${runner.name}`] as const),
  ];
}

export function spec(
  config: RunnerConfig,
  name: string,
  tokenFile: string,
  board: HostConfig["board"],
): RunnerSpec {
  const scope = runnerScope(config);
  const url = `${config.github.url}/${scope.replace(/^(repos|orgs)\//, "")}`;
  const group = groupName(config);
  const { labels, ephemeral, workDir = null, credential } = config;
  const justInTime = credential.kind === "just-in-time" ? [credential.kind] : [];
  const identity = JSON.stringify([name, url, labels, group, ephemeral, workDir, tokenFile, ...justInTime]);
  return {
    ...{ name, scope, url, labels, group, tokenFile, credential, ephemeral },
    systemLabels: ["self-hosted", "Linux", architectures[boards[board].system]],
    workFolder: relative(`/var/lib/github-runner/${name}`, workDir ?? `/run/github-runner/${name}`),
    unit: `github-runner-${name}.service`,
    api: config.github.api,
    registration: createHash("sha256").update(identity).digest("hex").slice(0, 16),
    interruptJobs: config.interruptJobs,
    timeouts: config.timeouts,
  };
}

/** As the runner program calls them. */
const architectures = { "aarch64-linux": "ARM64", "armv7l-linux": "ARM", "x86_64-linux": "X64" } as const;

/** How long an activation waits for jobs on the Pi to end: as long as its most patient runner. */
export function idleSeconds(pi: string, host: RunnerHost): number {
  return Math.max(0, ...runnersOf(pi, host).map(({ timeouts }) => timeouts.idle)) || 600;
}

function groupName(config: RunnerConfig): string | null {
  const group = config.kind === "repository" ? undefined : config.group;
  return (typeof group === "object" ? group.name : group) ?? null;
}
