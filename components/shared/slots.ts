/** Lets at most `size` at once through; the others wait, first come, first served. */
export class Slots {
  private free: number;
  private readonly queue: (() => void)[] = [];

  constructor(size: number) {
    this.free = size;
  }

  async take(): Promise<void> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resolve) => this.queue.push(resolve));
  }

  give(): void {
    const next = this.queue.shift();
    if (next) next();
    else this.free++;
  }

  async with<T>(use: () => Promise<T>): Promise<T> {
    await this.take();
    try {
      return await use();
    } finally {
      this.give();
    }
  }
}
