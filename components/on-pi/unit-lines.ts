/** The lines of dry-activate's output that are about units. */
export function unitLines(exitCode: number, said: string): string[] {
  const lines = said.split("\n").map((line) => line.trim());
  if (exitCode !== 0)
    return [`which units would restart is unknown: ${lines.findLast(Boolean) ?? "no answer"}`];
  const about = lines.filter((line) => /^would .*: ./.test(line));
  return about.length > 0 ? about : ["would restart no unit"];
}
