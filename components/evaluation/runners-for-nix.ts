import type { HostConfig } from "../config/host.js";
import { configured, spec } from "../runners/runner-spec.js";

/** One runner, with the option names of nix/modules/runner.nix. */
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

/** `runner` and `runners` of a host as one list, the first one first. */
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
