import { driftOf } from "../../activation/drift.js";
import { pendingReboot } from "../../activation/pending-reboot.js";
import type { Examination } from "../../on-pi/examine.js";
import type { PiStatus } from "../../on-pi/status.js";
import type { PiAccess } from "../../protocol/access.js";
import type { Outcome } from "../../protocol/outcome.js";
import { note, ok, wrong, type Finding } from "./finding.js";

/** A clock that is wrong by more breaks TLS certificates that are young, and a runner's tokens. */
const clockSeconds = 60;

/** What a Pi runs against what the last `up` left. */
export function driftFindings({ target, goal, reboot }: PiAccess, status: PiStatus, os: string): Finding[] {
  const { current, record, activation, rebooting, secrets } = status;
  if (!current)
    return [
      wrong(
        "system",
        `no NixOS runs there, but ${os || "another system"}`,
        "Another card is in it. Flash it with this stack's image",
      ),
    ];
  const drift = activation ? undefined : driftOf(goal, status);
  const pending = pendingReboot(target.name, { goal, reboot }, status);
  const altered = Object.entries(secrets).flatMap(([name, mark]) => (mark === "altered" ? [name] : []));
  return [
    ...(activation
      ? [
          note(
            "drift",
            `${activation.holder} is activating a system since ${activation.since}`,
            "Wait for its end",
          ),
        ]
      : []),
    ...(rebooting
      ? [note("drift", `its reboot of ${rebooting.since} by ${rebooting.holder} is not confirmed yet`)]
      : []),
    ...(drift ? [wrong("drift", drift, "pulumi up brings what config wants")] : []),
    ...(record
      ? []
      : [
          note(
            "drift",
            "no `up` has confirmed a system on it yet, so it is not known to be config's",
            "pulumi up",
          ),
        ]),
    ...(altered.length > 0
      ? [note("drift", `somebody changed its secrets ${altered.join(", ")}`, "pulumi up writes them anew")]
      : []),
    ...(pending ? [note("drift", pending.says)] : []),
    ...(record && !drift && !activation ? [ok("drift")] : []),
  ];
}

/** @param now this machine's time when the answer came, in seconds since 1970 */
export function clockFindings({ clock, synchronized }: Examination, now: number): Finding[] {
  if (clock === undefined) return [];
  const ahead = clock - now;
  if (Math.abs(ahead) > clockSeconds)
    return [
      wrong(
        "clock",
        `its clock is ${duration(Math.abs(ahead))} ${ahead > 0 ? "ahead of" : "behind"} this machine's (${new Date(clock * 1000).toISOString().slice(0, 19)}Z)`,
        "A Pi has no battery for its clock: see systemctl status systemd-timesyncd there, and that UDP port 123 gets out of its network. With a wrong clock TLS and a runner's registration fail",
      ),
    ];
  if (synchronized === false)
    return [
      note(
        "clock",
        "its clock is right now, and no time server sets it",
        "See systemctl status systemd-timesyncd there",
      ),
    ];
  return [ok("clock")];
}

/** How the last `up` left it. */
export function lastUpFindings(outcome: Outcome | undefined): Finding[] {
  if (!outcome) return [];
  const { status, phase, message = "" } = outcome;
  if (status === "awaiting flash")
    return [note("last up", "the last `up` waited for its card", "Flash it, boot it, and run pulumi up")];
  if (status !== "failed") return [ok("last up", status)];
  const words = message.split("\n").find((line) => line.trim()) ?? "without a reason";
  return [
    note(
      "last up",
      `it failed${phase ? ` in the phase ${phase}` : ""}: ${words.trim().slice(0, 400).replace(/\.$/, "")}`,
      "Mend that, and run pulumi up",
    ),
  ];
}

/** What could not be looked at, and why. */
export function unseenFindings(
  { unseen, whole, root }: Examination,
  { restricted }: PiStatus,
  user: string,
): Finding[] {
  const what: Readonly<Record<string, string>> = {
    journal: "the journal (boots, power, memory, the card, what units said)",
    firmware: "the firmware partition (a first-boot bundle)",
  };
  const parts = unseen.map((part) => what[part] ?? part).join(" and ");
  return [
    ...(root || restricted
      ? []
      : [
          wrong(
            "login",
            `${user} can't become root there without a password, so pulumi up can't do its work`,
            "Set security.sudo.wheelNeedsPassword = false there and have the user in wheel, or deploy as root",
          ),
        ]),
    ...(parts
      ? [
          note(
            "not seen",
            restricted
              ? `${parts}: ${user} may only activate systems there (sudo.onlyActivation)`
              : `${parts}: that needs root`,
            restricted ? "Log in as one of keys.holders with sudo to see that" : undefined,
          ),
        ]
      : []),
    ...(whole
      ? []
      : [
          note(
            "not seen",
            "it took too long to look at everything, so some of this is missing",
            "Its card or its memory may be at their end",
          ),
        ]),
  ];
}

function duration(seconds: number): string {
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}
