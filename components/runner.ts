import { createHash } from "node:crypto";
import { relative } from "node:path";
import { boards } from "./boards.js";
import { runnerScope, type HostConfig, type RunnerConfig } from "./config.js";

/** One runner of one Pi, as its steps are told: no secret, and nothing that differs between two checkouts. */
export interface RunnerSpec {
  readonly name: string;
  readonly unit: string;
  /** Where GitHub's REST API keeps it: `repos/OWNER/NAME`, `orgs/NAME` or `enterprises/NAME`. */
  readonly scope: string;
  readonly api: string;
  /** What the runner itself registers with. */
  readonly url: string;
  readonly labels: readonly string[];
  /** What the runner's own configuration adds to them; a just-in-time registration has only what it is given. */
  readonly systemLabels: readonly string[];
  readonly group: string | null;
  /** From the runner's root, as GitHub wants it in a just-in-time registration. */
  readonly workFolder: string;
  /** Changes with whatever makes a registration another one. */
  readonly registration: string;
  readonly tokenFile: string;
  readonly credential: RunnerConfig["credential"];
  /** Whether it registers anew after each job by itself, and so under another id. */
  readonly ephemeral: boolean;
  readonly interruptJobs: boolean;
  readonly timeouts: { readonly online: number; readonly idle: number };
}

/** The runner as nix/modules/runner.nix reads it. */
export interface RunnerForNix {
  readonly name: string;
  readonly url: string;
  readonly labels: readonly string[];
  readonly group: string | null;
  readonly tokenFile: string;
  readonly tokenType: "access" | "registration";
  readonly registration: string;
  readonly ephemeral: boolean;
  readonly justInTime: boolean;
  readonly workDir: string | null;
  readonly hardware: boolean;
  readonly interruptJobs: boolean;
}

/** The runners of a Pi: `runner`, which takes the Pi's name by default, and those of `runners`. */
export function runnersOf(pi: string, host: RunnerHost): RunnerSpec[] {
  return configured(pi, host).map(([config, name, tokenFile]) => spec(config, name, tokenFile, host.board));
}

type RunnerHost = Pick<HostConfig, "board" | "runner" | "runners">;

export function runnersForNix(pi: string, host: HostConfig): RunnerForNix[] {
  return configured(pi, host).map(([config, name, tokenFile]) => {
    const { url, labels, group, registration } = spec(config, name, tokenFile, host.board);
    return {
      ...{ name, url, labels, group, tokenFile, registration },
      tokenType: config.credential.kind === "token" ? "access" : "registration",
      ephemeral: config.ephemeral,
      justInTime: config.credential.kind === "just-in-time",
      workDir: config.workDir ?? null,
      hardware: config.hardware,
      interruptJobs: config.interruptJobs,
    };
  });
}

function configured(pi: string, host: RunnerHost) {
  const file = "/var/lib/github-runner/.runner_token";
  return [
    ...(host.runner ? [[host.runner, host.runner.name ?? pi, file] as const] : []),
    ...host.runners.map((runner) => [runner, runner.name, `${file}-${runner.name}`] as const),
  ];
}

function spec(config: RunnerConfig, name: string, tokenFile: string, board: HostConfig["board"]): RunnerSpec {
  const scope = runnerScope(config);
  const url = `${config.github.url}/${scope.replace(/^(repos|orgs)\//, "")}`;
  const group = groupName(config);
  const { labels, ephemeral, workDir = null, credential } = config;
  const once = credential.kind === "just-in-time" ? [credential.kind] : [];
  const identity = JSON.stringify([name, url, labels, group, ephemeral, workDir, tokenFile, ...once]);
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

/** As the runner calls them. */
const architectures = { "aarch64-linux": "ARM64", "armv7l-linux": "ARM", "x86_64-linux": "X64" } as const;

/** How long an activation waits for jobs on the Pi to end: as long as its most patient runner. */
export function idleSeconds(pi: string, host: RunnerHost): number {
  return Math.max(0, ...runnersOf(pi, host).map(({ timeouts }) => timeouts.idle)) || 600;
}

function groupName(config: RunnerConfig): string | null {
  const group = config.kind === "repository" ? undefined : config.group;
  return (typeof group === "object" ? group.name : group) ?? null;
}
