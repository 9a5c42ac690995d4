import { ProviderError } from "./model.js";

/** Collects a command's output: each stream alone for the outputs, both together for an error's text. */
export class Output {
  #stdout: Buffer[] = [];
  #stderr: Buffer[] = [];
  #both: Buffer[] = [];
  #partial = "";

  constructor(
    private readonly onLine: (line: string) => void,
    private readonly logging: string | undefined,
  ) {}

  stdout(chunk: Buffer): void {
    this.#stdout.push(chunk);
    this.#take(chunk, this.logging === undefined || /^stdout/.test(this.logging));
  }

  stderr(chunk: Buffer): void {
    this.#stderr.push(chunk);
    this.#take(chunk, this.logging === undefined || /stderr$/i.test(this.logging));
  }

  /** To be called at the end: a last line without a newline is a line too. */
  end(): { stdout: () => string; stderr: () => string; both: string } {
    if (this.#partial !== "") this.onLine(this.#partial);
    this.#partial = "";
    return {
      stdout: () => utf8(this.#stdout),
      stderr: () => utf8(this.#stderr),
      both: Buffer.concat(this.#both).toString("utf8"),
    };
  }

  #take(chunk: Buffer, log: boolean): void {
    this.#both.push(chunk);
    if (!log) return;
    const lines = (this.#partial + chunk.toString("utf8")).split("\n");
    this.#partial = lines.pop() ?? "";
    for (const line of lines) this.onLine(line.replace(/\r$/, ""));
  }
}

/** The text without its last newline. What is not UTF-8 cannot be an output: the real plugin fails so. */
function utf8(chunks: Buffer[]): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(Buffer.concat(chunks))
      .replace(/\n$/, "");
  } catch {
    throw new ProviderError("grpc: error while marshaling: string field contains invalid UTF-8");
  }
}
