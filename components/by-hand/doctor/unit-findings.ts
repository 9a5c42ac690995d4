import type { Examination } from "../../on-pi/examine.js";
import { note, ok, wrong, type Finding } from "./finding.js";

const mute = wrong(
  "units",
  "systemctl does not answer there, so which units failed is unknown",
  "Its memory may be at its end, or its card dying: see its screen, or restart it",
);

/**
 * Units, runners, and how the last boots went.
 * @param spent the runners that have done their one job
 * @param registered the runners that the last `up` left there
 */
export function unitFindings(
  seen: Examination,
  spent: readonly string[],
  registered: readonly string[],
): Finding[] {
  const failed = seen.failed.filter(({ unit }) => !isRunner(unit));
  return [
    ...failed.map(({ unit, result, said }) =>
      wrong(
        "units",
        `${unit} failed (${result || "no reason"})${quoted(said)}`,
        `See journalctl -u ${unit} there; after a remedy: sudo systemctl restart ${unit}`,
      ),
    ),
    // Then it has not said which units failed either.
    ...(seen.state === "" ? [mute] : []),
    ...(failed.length === 0 && seen.state !== "" ? [ok("units")] : []),
    ...(seen.state === "starting"
      ? [
          note(
            "units",
            "it is still starting",
            "Wait a minute; systemctl list-jobs there says for what it waits",
          ),
        ]
      : []),
    ...seen.runners.map((runner) => runnerFinding(runner, spent)),
    ...registered
      .filter((name) => !seen.runners.some(({ unit }) => unit === `github-runner-${name}`))
      .map((name) =>
        wrong(
          "runner",
          `its system has no unit for the runner ${name}`,
          "pulumi up brings the system that has it",
        ),
      ),
    ...bootFindings(seen),
  ];
}

function runnerFinding(
  { unit, active, sub, condition, restarts, said }: Examination["runners"][number],
  spent: readonly string[],
): Finding {
  const name = unit.replace(/^github-runner-/, "");
  const log = `journalctl -u ${unit} there`;
  if (active === "active" && sub === "running")
    return restarts > 3
      ? note("runner", `${name} was started anew ${restarts} times by itself${quoted(said)}`, `See ${log}`)
      : ok("runner", name);
  if (active === "failed")
    return wrong(
      "runner",
      `${unit} failed${quoted(said)}`,
      `See ${log}. pulumi up registers it anew when GitHub no longer knows it`,
    );
  if (active === "activating")
    return wrong(
      "runner",
      `${unit} does not get to run (${sub}, started ${restarts} times)${quoted(said)}`,
      `See ${log}`,
    );
  if (spent.includes(name))
    return note("runner", `${name} has done its one job`, "pulumi up registers it for the next one");
  if (!condition)
    return wrong("runner", `${unit} waits for its token, which is not there`, "pulumi up delivers it");
  return wrong(
    "runner",
    `${unit} is ${active}${quoted(said)}`,
    `sudo systemctl start ${unit} there, or pulumi up`,
  );
}

function isRunner(unit: string): boolean {
  return unit.startsWith("github-runner-");
}

function bootFindings({ before, bootBefore, thisBoot, uptime }: Examination): Finding[] {
  const since = uptime === undefined ? "" : `it booted ${ago(uptime)}`;
  const errors = (boot: string, lines: readonly string[]) =>
    lines.length === 0
      ? []
      : [
          note(
            "boots",
            `the journal of ${boot} ends its errors with: ${lines.at(-1)}`,
            `journalctl -b ${boot === "this boot" ? 0 : -1} -p err there shows all`,
          ),
        ];
  // A file system that had to be repaired was not unmounted, whatever the journal says.
  const cut = before?.ended === "cut" || thisBoot.recovered;
  return [
    ...(cut
      ? [
          note(
            "boots",
            `the boot before ended without a shutdown${since && `; ${since}`}${before?.last ? `. Its last words: ${before.last}` : ""}`,
            "If nobody pulled the plug: see its power supply, its temperature, and whether the watchdog restarted it",
          ),
        ]
      : []),
    ...(before?.ended === "unknown" && !cut
      ? [
          note(
            "boots",
            `${since || "it booted"}; the journal of the boot before is not kept, so how that ended is unknown`,
          ),
        ]
      : []),
    ...(before?.ended === "clean" && !cut ? [ok("boots", since)] : []),
    ...errors("this boot", thisBoot.errors),
    ...errors("the boot before", bootBefore.errors),
  ];
}

/** `3 h ago` */
function ago(seconds: number): string {
  if (seconds < 7200) return `${Math.round(seconds / 60)} min ago`;
  return seconds < 172_800
    ? `${Math.round(seconds / 3600)} h ago`
    : `${Math.round(seconds / 86_400)} days ago`;
}

/** `: "…"`, the last words of a unit; nothing when it said none. */
function quoted(said: readonly string[]): string {
  const last = said.at(-1)?.trim();
  return last ? `: "${last}"` : "";
}
