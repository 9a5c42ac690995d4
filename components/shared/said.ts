/** A line that is longer is told in pieces: the command provider hangs at one of 64 KiB. */
const longestLine = 8_000;

/** What a process says on one of its streams, kept up to a limit. */
export class Said {
  private kept = "";
  private leftOut = 0;
  private line = "";

  /**
   * @param limit how many characters are kept
   * @param onLine called with each line that is not blank
   */
  constructor(
    private readonly limit: number,
    private readonly onLine?: (line: string) => void,
  ) {}

  /** Whether more was said than is kept. */
  get isTooLong(): boolean {
    return this.leftOut > 0;
  }

  add(text: string): void {
    this.kept += text;
    if (this.kept.length > this.limit) {
      const cut = this.kept.length - this.limit;
      this.kept = this.kept.slice(cut);
      this.leftOut += cut;
    }
    if (this.onLine) this.tellLines(text);
  }

  /** Tells the last line, which may have no end. */
  end(): void {
    if (this.onLine) this.tell(this.line);
    this.line = "";
  }

  /** All of it without the last line break, or its end, which says how much is missing before it. */
  get text(): string {
    const text = this.kept.replace(/\r?\n$/, "");
    return this.leftOut > 0 ? `[${this.leftOut} characters left out]\n${text}` : text;
  }

  private tellLines(text: string): void {
    const [first = "", ...others] = text.split("\n");
    this.continueLine(first);
    for (const part of others) {
      this.tell(this.line);
      this.line = "";
      this.continueLine(part);
    }
  }

  private continueLine(part: string): void {
    this.line += part;
    while (this.line.length > longestLine) {
      this.tell(this.line.slice(0, longestLine));
      this.line = this.line.slice(longestLine);
    }
  }

  private tell(line: string): void {
    if (line.trim()) this.onLine?.(line.replace(/\r$/, ""));
  }
}
