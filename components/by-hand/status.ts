import { pendingReboot } from "../activation/pending-reboot.js";
import { unsettled } from "../activation/unsettled.js";
import { observe } from "../on-pi/observe.js";
import type { PiStatus } from "../on-pi/status.js";
import type { Access, PiAccess } from "../protocol/access.js";
import { SshSession } from "../ssh/session.js";

/** Asks all Pis at once, and prints a line for each. */
export async function showStatus(access: Access): Promise<void> {
  const lines = await Promise.all(Object.values(access.pis).map((pi) => statusLine(access, pi)));
  console.log(lines.join("\n"));
}

function statusLine({ deployKey }: Access, pi: PiAccess): Promise<string> {
  const { target, timeouts } = pi;
  const options = { target, privateKey: deployKey, connectSeconds: timeouts.connect };
  return SshSession.with(options, async (session) => {
    const seen = await observe(session, target, timeouts.probe);
    return seen.kind === "seen" ? statusText(pi, seen.status) : seen.message;
  });
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
