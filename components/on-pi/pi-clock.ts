/** The Pi's clock: seconds since 1970, and day and time in the Pi's own time zone. */
export interface PiClock {
  readonly epoch: number;
  /** 0 is Monday. */
  readonly day: number;
  /** Since midnight. */
  readonly minute: number;
}

/** Reads `EPOCH DAY HH:MM`. The day is as date(1) counts, from 1 for Monday. */
export function parseClock(text: string): PiClock {
  const [, epoch = 0, day = 1, hour = 0, minute = 0] =
    /^(\d+) (\d) (\d+):(\d+)$/.exec(text)?.map(Number) ?? [];
  return { epoch, day: day - 1, minute: hour * 60 + minute };
}
