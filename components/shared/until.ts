import { setTimeout as delay } from "node:timers/promises";

export interface Patience {
  /** How long to go on asking. 0: ask once. */
  readonly limitSeconds: number;
  /** The pause between two questions. */
  readonly everySeconds: number;
  /** Called once, before the first pause. */
  readonly onFirstWait?: () => void;
  /** Called before a pause, with the whole seconds since the first question. */
  readonly onWait?: (waitedSeconds: number) => void;
  /**
   * The least time between two calls of `onWait`, and before the first one.
   * @default it is called before each pause
   */
  readonly onWaitEverySeconds?: number;
}

/** The time, in milliseconds. */
export interface Clock {
  now: () => number;
  pause: (milliseconds: number) => Promise<unknown>;
}

/** The real time. Unit tests replace its two functions. */
export const clock: Clock = { now: () => Date.now(), pause: (milliseconds) => delay(milliseconds) };

/**
 * Asks again and again until there is an answer, and gives it. `undefined` and `false` are no answer. An error from
 * `ask` ends it.
 *
 * It asks at least once. The deadline is looked at after each question, so the last one may begin `everySeconds` after it.
 * @returns `undefined` when the time is up
 */
export async function until<T>(
  ask: () => Promise<T | undefined | false>,
  { limitSeconds, everySeconds, onFirstWait, onWait, onWaitEverySeconds = 0 }: Patience,
  { now, pause }: Clock = clock,
): Promise<T | undefined> {
  const started = now();
  let told = started;
  for (let first = true; ; first = false) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    const waited = now() - started;
    if (waited >= limitSeconds * 1000) return undefined;
    if (first) onFirstWait?.();
    if (now() - told >= onWaitEverySeconds * 1000) {
      told = now();
      onWait?.(Math.round(waited / 1000));
    }
    await pause(everySeconds * 1000);
  }
}
