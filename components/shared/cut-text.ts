/**
 * The most bytes of a text that a process gets in one variable of its environment. Linux allows 128 KiB for a variable
 * with its name (execve(2), MAX_ARG_STRLEN).
 */
export const variableBytes = 100_000;

/** The beginning of a text, of at most so many bytes in UTF-8. What is cut ends with `…`. */
export function cutText(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  const start = Buffer.from(text).subarray(0, Math.max(0, bytes - Buffer.byteLength("…")));
  // A character that was cut in two is left out.
  return `${start.toString().replace(/\uFFFD$/, "")}…`;
}
