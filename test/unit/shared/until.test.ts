import { deepEqual, equal, rejects } from "node:assert/strict";
import { until, type Clock } from "../../../components/shared/until.js";

describe("until", () => {
  let time: number;
  /** When `ask` was called, in seconds. */
  let asked: number[];
  const clock: Clock = {
    now: () => time * 1000,
    pause: async (milliseconds) => void (time += milliseconds / 1000),
  };

  /** Answers with `answers` in turn, and with `undefined` after the last; each question takes `seconds`. */
  const ask =
    <T>(answers: (T | undefined | false)[], seconds = 0) =>
    async () => {
      asked.push(time);
      time += seconds;
      return answers[asked.length - 1];
    };

  beforeEach(() => {
    time = 0;
    asked = [];
  });

  it("gives the first answer, and asks no more", async () => {
    equal(await until(ask([undefined, false, 0, "late"]), { limitSeconds: 60, everySeconds: 2 }, clock), 0);
    deepEqual(asked, [0, 2, 4]);
  });

  it("asks once when there is no time at all, and then says that there is no answer", async () => {
    const patience = { limitSeconds: 0, everySeconds: 2 };
    equal(await until(ask(["at once"]), patience, clock), "at once");
    asked = [];
    equal(await until(ask([undefined, "late"]), patience, clock), undefined);
    deepEqual(asked, [0]);
  });

  it("looks at the deadline after a question, so one that began in time is heard", async () => {
    equal(await until(ask([undefined, "slow"], 50), { limitSeconds: 60, everySeconds: 2 }, clock), "slow");
    time = 0;
    asked = [];
    equal(await until(ask([], 40), { limitSeconds: 60, everySeconds: 2 }, clock), undefined);
    deepEqual(asked, [0, 42]);
  });

  it("ends with what the question throws", async () => {
    const failing = () => Promise.reject(new Error("no way"));
    await rejects(until(failing, { limitSeconds: 60, everySeconds: 2 }, clock), /^Error: no way$/);
  });

  it("tells of the first wait once, and of the others at intervals", async () => {
    const told: string[] = [];
    await until(
      ask([]),
      {
        ...{ limitSeconds: 40, everySeconds: 2, onWaitEverySeconds: 15 },
        onFirstWait: () => told.push(`first at ${time}`),
        onWait: (seconds) => told.push(`${seconds}`),
      },
      clock,
    );
    deepEqual(told, ["first at 0", "16", "32"]);
  });

  it("tells of each wait by default, and of none when the answer is there", async () => {
    const told: number[] = [];
    const onWait = (seconds: number) => told.push(seconds);
    await until(ask([undefined, undefined, "here"]), { limitSeconds: 9, everySeconds: 2, onWait }, clock);
    deepEqual(told, [0, 2]);
  });

  it("waits in real time without a clock of its own", async () => {
    let left = 3;
    equal(await until(async () => --left === 0, { limitSeconds: 10, everySeconds: 0.001 }), true);
  });
});
