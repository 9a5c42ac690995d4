/**
 * What differs between the files that a Pi should have and those that it reports: `wireless.conf is new`, …
 * @param wanted the ids of a delivery, by file
 * @param seen the ids that the Pi reports; `altered` for a file that is no longer as it was delivered
 */
export function secretChanges(
  wanted: Readonly<Record<string, string>>,
  seen: Readonly<Record<string, string>>,
): string[] {
  const names = [...new Set([...Object.keys(wanted), ...Object.keys(seen)])].sort();
  return names.flatMap((name) => {
    if (wanted[name] === seen[name]) return [];
    if (!(name in wanted)) return [`${name} goes`];
    if (!(name in seen)) return [`${name} is new`];
    return [seen[name] === "altered" ? `${name} was altered or removed on the Pi` : `${name} changes`];
  });
}
