/**
 * Cuts a stream of bytes into blocks: the first of `first` bytes, each other one of `size`. The last one is filled up with
 * zeros to whole sectors.
 */
export async function* inBlocks(
  stream: AsyncIterable<Buffer>,
  first: number,
  size: number,
  sector: number,
): AsyncGenerator<Buffer> {
  let block = Buffer.alloc(first);
  let filled = 0;
  for await (const chunk of stream) {
    for (let rest = chunk; rest.length > 0;) {
      const taken = rest.copy(block, filled);
      filled += taken;
      rest = rest.subarray(taken);
      if (filled < block.length) continue;
      yield block;
      block = Buffer.alloc(size);
      filled = 0;
    }
  }
  if (filled > 0) yield block.subarray(0, Math.ceil(filled / sector) * sector);
}

const zeros = Buffer.alloc(1 << 20);

/** Whether all bytes are zero. */
export function isZero(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at += zeros.length) {
    const part = bytes.subarray(at, at + zeros.length);
    if (!part.equals(zeros.subarray(0, part.length))) return false;
  }
  return true;
}

/** The runs of bytes that are not all zero, found in steps of this many. */
const step = 64 << 10;

export function notZero(bytes: Buffer): { start: number; end: number }[] {
  const runs: { start: number; end: number }[] = [];
  for (let start = 0; start < bytes.length; start += step) {
    const end = Math.min(start + step, bytes.length);
    if (isZero(bytes.subarray(start, end))) continue;
    const last = runs.at(-1);
    if (last?.end === start) last.end = end;
    else runs.push({ start, end });
  }
  return runs;
}
