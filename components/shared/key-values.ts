/** Reads KEY=VALUE lines, as the scripts on hosts print them. Other lines are passed over; a value may have an `=`. */
export class KeyValues {
  private readonly lines: readonly (readonly [key: string, value: string])[];

  constructor(text: string) {
    this.lines = text.split("\n").flatMap((line) => {
      const equals = line.indexOf("=");
      return equals > 0 ? [[line.slice(0, equals), line.slice(equals + 1)] as const] : [];
    });
  }

  has(key: string): boolean {
    return this.lines.some(([name]) => name === key);
  }

  /** The first value of a key; the empty string without one. */
  one(key: string): string {
    return this.all(key)[0] ?? "";
  }

  all(key: string): string[] {
    return this.lines.flatMap(([name, value]) => (name === key ? [value] : []));
  }

  /** The keys that begin with `prefix`, without it, and their values. */
  below(prefix: string): [rest: string, value: string][] {
    return this.lines.flatMap(([name, value]): [string, string][] =>
      name.startsWith(prefix) && name !== prefix ? [[name.slice(prefix.length), value]] : [],
    );
  }
}
