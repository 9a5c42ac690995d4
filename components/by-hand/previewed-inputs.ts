import { execa } from "execa";
import type { HostConfig } from "../config/host.js";
import type { Timeouts } from "../config/timeouts.js";
import { UserError } from "../shared/user-error.js";
import type { NamedBuildHost } from "../protocol/build-host.js";
import type { RebootRules } from "../protocol/reboot-rules.js";
import type { Target } from "../ssh/target.js";

/** What the stack's present config wants of one Pi: the inputs of its steps. */
export interface PreviewedInputs {
  readonly drv: string;
  readonly toplevel: string;
  readonly buildHost: NamedBuildHost;
  readonly target: Target;
  readonly timeouts: Timeouts;
  readonly health: HostConfig["health"];
  readonly reboot: RebootRules;
  readonly idle: number;
}

interface Preview {
  readonly steps?: { readonly urn: string; readonly newState?: { readonly inputs?: Inputs } }[];
  readonly diagnostics?: { readonly severity: string; readonly message: string }[];
}

interface Inputs {
  readonly environment?: Record<string, string>;
}

/**
 * Asks `pulumi preview`, so that config is read and evaluated in one way only.
 * @throws UserError when the config has faults or the Pi's evaluation fails
 */
export async function previewedInputs(pi: string): Promise<PreviewedInputs> {
  const { stdout, stderr } = await execa(
    "pulumi",
    ["preview", "--json", "--show-sames", "--non-interactive"],
    {
      env: { PI_FLEET_ONLY: pi },
      reject: false,
      stdin: "ignore",
    },
  );
  return parsePreview(pi, stdout, stderr);
}

/** Reads the answer of `pulumi preview --json`. */
export function parsePreview(pi: string, stdout: string, stderr: string): PreviewedInputs {
  const { steps = [], diagnostics = [] } = JSON.parse(
    stdout.slice(Math.max(0, stdout.indexOf("{"))) || "{}",
  ) as Preview;
  const step = (kind: string) =>
    steps.find(({ urn }) => urn.endsWith(`::${pi}-${kind}`))?.newState?.inputs?.environment;
  const [build, activation] = [step("build"), step("activation")];
  if (!build || !activation) {
    const errors = diagnostics
      .filter(({ severity }) => severity === "error")
      .map(({ message }) => message.trim());
    throw new UserError(`What ${pi} should run can't be told:\n${errors.join("\n") || stderr.trim()}`);
  }
  const { DRV: drv = "", FAULT: fault = "" } = build;
  if (!drv.startsWith("/nix/store/")) throw new UserError(`${pi}: its evaluation fails:\n${fault}`);
  const json = (name: string) => JSON.parse(activation[name] ?? "null") as unknown;
  return {
    drv,
    toplevel: activation["TOPLEVEL"] ?? "",
    buildHost: json("BUILD_HOST") as NamedBuildHost,
    target: json("TARGET") as Target,
    timeouts: json("TIMEOUTS") as Timeouts,
    health: json("HEALTH") as HostConfig["health"],
    reboot: json("REBOOT") as RebootRules,
    idle: Number(activation["IDLE"]),
  };
}
