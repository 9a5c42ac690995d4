/** The Pi's clock: seconds since 1970, and day and time in the Pi's own time zone. */
export interface PiClock {
  readonly epoch: number;
  /** 0 is Monday. */
  readonly day: number;
  /** Since midnight. */
  readonly minute: number;
}

/** A Pi without a battery for its clock may have any time until the network tells it: up to here that is no fault. */
const toleranceSeconds = 600;

/**
 * The time that a Pi should have, in its own time zone. A clock that is wrong is replaced by this machine's.
 * @param now this machine's time, in seconds since 1970
 * @returns `wrong`: how the Pi's clock differs, in words
 */
export function trustedClock(
  clock: PiClock,
  now: number,
): { readonly clock: PiClock; readonly wrong?: string } {
  const ahead = now - clock.epoch;
  if (Math.abs(ahead) <= toleranceSeconds) return { clock };
  const minutes = Math.floor(now / 60) - Math.floor(clock.epoch / 60) + clock.minute;
  const days = Math.floor(minutes / minutesOfDay);
  return {
    clock: { epoch: now, day: modulo(clock.day + days, 7), minute: modulo(minutes, minutesOfDay) },
    wrong: `its clock says ${new Date(clock.epoch * 1000).toISOString().slice(0, 16)}Z, so this machine's counts`,
  };
}

const minutesOfDay = 24 * 60;

function modulo(value: number, of: number): number {
  return ((value % of) + of) % of;
}

/** Reads `EPOCH DAY HH:MM`. The day is as date(1) counts, from 1 for Monday. */
export function parseClock(text: string): PiClock {
  const [, epoch = 0, day = 1, hour = 0, minute = 0] =
    /^(\d+) (\d) (\d+):(\d+)$/.exec(text)?.map(Number) ?? [];
  return { epoch, day: day - 1, minute: hour * 60 + minute };
}
