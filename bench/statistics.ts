/** The middle of some figures, and of two in the middle their mean. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = NaN, high = low] = sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1);
  return (low + high) / 2;
}

/** The least and the greatest of some figures. */
export function spread(figures: readonly number[]): [least: number, greatest: number] {
  return [Math.min(...figures), Math.max(...figures)];
}
