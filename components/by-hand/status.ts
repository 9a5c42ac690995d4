import { pendingReboot } from "../activation/pending-reboot.js";
import { unsettled } from "../activation/unsettled.js";
import { noiseWarning } from "../on-pi/noise-warning.js";
import { observeByLogin } from "../on-pi/observe-by-login.js";
import type { Observation } from "../on-pi/observe.js";
import type { PiStatus } from "../on-pi/status.js";
import type { Access, PiAccess } from "../protocol/access.js";
import { SshSession } from "../ssh/session.js";

/** Asks all Pis at once, and prints a line for each. A Pi that is off is no failure; one that can't be read is. */
export async function showStatus(access: Access): Promise<void> {
  const all = await Promise.all(
    Object.values(access.pis).map(async (pi) => ({ pi, seen: await statusOf(access, pi) })),
  );
  console.log(all.map(({ pi, seen }) => statusLine(pi, seen)).join("\n"));
  if (all.some(({ seen }) => seen.kind === "unreadable")) process.exitCode = 1;
}

function statusOf({ deployKey }: Access, { target, timeouts }: PiAccess): Promise<Observation> {
  const options = { target, privateKey: deployKey, connectSeconds: timeouts.connect };
  return SshSession.with(options, (session) => observeByLogin(session, target, timeouts.probe));
}

function statusLine(pi: PiAccess, seen: Observation): string {
  if (seen.kind !== "seen") return seen.message;
  return [statusText(pi, seen.status), ...[noiseWarning(pi.target.name, seen) ?? []].flat()].join("\n  ");
}

/** `lab-a runs /nix/store/…, boots it; reboot pending: kernel; …; github-runner-lab-a active running` */
function statusText({ target, goal, reboot }: PiAccess, status: PiStatus): string {
  const { current, profile, runners, activation, failedUnits } = status;
  const why = unsettled(status);
  const boots = profile === current ? "boots it" : `would boot ${profile}`;
  return [
    `${target.name} runs ${current}, ${boots}`,
    ...(activation ? [`${activation.holder} is activating a system since ${activation.since}`] : []),
    ...(why ? [`${why}: \`pulumi up\` activates it anew`] : []),
    ...[pendingReboot(target.name, { goal, reboot }, status)?.says ?? []].flat(),
    ...failedUnits.map((unit) => `${unit} failed`),
    ...runners,
  ].join("; ");
}
