import { createHash } from "node:crypto";
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
  readonly group: string | null;
  /** Changes with whatever makes a registration another one. */
  readonly registration: string;
  readonly tokenFile: string;
  readonly credential: RunnerConfig["credential"];
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
  readonly workDir: string | null;
  readonly hardware: boolean;
  readonly interruptJobs: boolean;
}

/** The runners of a Pi: `runner`, which takes the Pi's name by default, and those of `runners`. */
export function runnersOf(pi: string, host: Pick<HostConfig, "runner" | "runners">): RunnerSpec[] {
  return configured(pi, host).map(([config, name, tokenFile]) => spec(config, name, tokenFile));
}

export function runnersForNix(pi: string, host: HostConfig): RunnerForNix[] {
  return configured(pi, host).map(([config, name, tokenFile]) => {
    const { url, labels, group, registration } = spec(config, name, tokenFile);
    return {
      ...{ name, url, labels, group, tokenFile, registration },
      tokenType: config.credential.kind === "token" ? "access" : "registration",
      ephemeral: config.ephemeral,
      workDir: config.workDir ?? null,
      hardware: config.hardware,
      interruptJobs: config.interruptJobs,
    };
  });
}

function configured(pi: string, host: Pick<HostConfig, "runner" | "runners">) {
  const file = "/var/lib/github-runner/.runner_token";
  return [
    ...(host.runner ? [[host.runner, host.runner.name ?? pi, file] as const] : []),
    ...host.runners.map((runner) => [runner, runner.name, `${file}-${runner.name}`] as const),
  ];
}

function spec(config: RunnerConfig, name: string, tokenFile: string): RunnerSpec {
  const scope = runnerScope(config);
  const url = `${config.github.url}/${scope.replace(/^(repos|orgs)\//, "")}`;
  const group = config.kind === "repository" ? null : (config.group ?? null);
  const { labels, ephemeral, workDir = null } = config;
  const identity = JSON.stringify([name, url, labels, group, ephemeral, workDir, tokenFile]);
  return {
    ...{ name, scope, url, labels, group, tokenFile },
    unit: `github-runner-${name}.service`,
    api: config.github.api,
    registration: createHash("sha256").update(identity).digest("hex").slice(0, 16),
    credential: config.credential,
    interruptJobs: config.interruptJobs,
    timeouts: config.timeouts,
  };
}
