/** How bad it is: `wrong` ends the doctor with exit code 1, `note` is worth knowing, `ok` is only named. */
export type Level = "wrong" | "note" | "ok";

/** What a finding is about. What is likelier the cause of others comes first. */
const parts = [
  "network",
  "host key",
  "login",
  "first boot",
  "card",
  "disk",
  "power",
  "memory",
  "clock",
  "boots",
  "system",
  "drift",
  "units",
  "runner",
  "last up",
  "heat",
  "Wi-Fi",
  "load",
  "not seen",
] as const;

export type Part = (typeof parts)[number];

/** One thing that was looked at: what is found, and what to do about it. Both are sentences without their full stop. */
export interface Finding {
  readonly level: Level;
  readonly part: Part;
  readonly says: string;
  /** Absent when there is nothing to do. */
  readonly todo?: string | undefined;
}

export function wrong(part: Part, says: string, todo?: string): Finding {
  return { level: "wrong", part, says, todo };
}

export function note(part: Part, says: string, todo?: string): Finding {
  return { level: "note", part, says, todo };
}

/** @param says a few words, such as `12.3 GiB free` */
export function ok(part: Part, says = ""): Finding {
  return { level: "ok", part, says };
}

/** The report: a line for each finding, the worst first, and all that is well in one line. */
export function report(findings: readonly Finding[]): string {
  const sorted = [...findings].sort((a, b) => parts.indexOf(a.part) - parts.indexOf(b.part));
  const lines = (level: Level) =>
    sorted
      .filter((finding) => finding.level === level)
      .map(({ part, says, todo }) => `${level.padEnd(5)}  ${part}: ${says}.${todo ? ` ${todo}.` : ""}`);
  const well = sorted
    .filter(({ level }) => level === "ok")
    .map(({ part, says }) => (says ? `${part} (${says})` : part));
  return [
    ...lines("wrong"),
    ...lines("note"),
    ...(well.length > 0 ? [`ok     ${well.join(", ")}`] : []),
  ].join("\n");
}
