/** Calls back with each whole line of a stream's chunks. */
export function lineSplitter(onLine: (line: string) => void): (chunk: Buffer) => void {
  let rest = "";
  return (chunk) => {
    const lines = (rest + chunk.toString()).split("\n");
    rest = lines.pop() ?? "";
    lines.filter((line) => line.trim()).forEach(onLine);
  };
}
