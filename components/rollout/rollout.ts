import { setTimeout as delay } from "node:timers/promises";
import type { ActivationFault } from "../protocol/activation-fault.js";
import type { Outcome } from "../protocol/outcome.js";
import { namesText } from "../shared/names-text.js";
import { Slots } from "../shared/slots.js";
import { Machines } from "./machines.js";
import { planText } from "./plan-text.js";
import type { Wave } from "./waves.js";
import type { Work } from "./work.js";

export interface RolloutArgs {
  readonly waves: readonly Wave[];
  /** Seconds between waves. @default 0 */
  readonly pause?: number;
  /** How many Pis are copied to and activated at once. @default all of a wave */
  readonly parallel?: number | undefined;
  /** Shows lines to a person. A `passing` line is only of interest now. */
  readonly say: (lines: readonly string[], passing?: "passing") => Promise<unknown>;
}

/**
 * The order in which Pis are changed. Each Pi announces its work. When all have, the plan is told, and each Pi waits for
 * its turn. So all builds come before the first activation, and a person sees the whole plan before anything is touched. A
 * failed build holds up nobody, and the time limit of builds bounds the wait for the slowest one.
 */
export class Rollout {
  /** Which machine each Pi is. */
  readonly machines: Machines;
  private readonly works = new Map<string, Work>();
  private readonly members: ReadonlyMap<string, Ending>;
  private readonly told: Promise<void>;
  private tell = () => {};
  private readonly slots: Slots;
  /** The waves that have begun, or were held back, by name. */
  private readonly begun = new Map<string, Promise<ActivationFault | undefined>>();

  constructor(private readonly args: RolloutArgs) {
    this.members = new Map(args.waves.flatMap(({ pis }) => pis).map((pi) => [pi, ending()]));
    this.machines = new Machines([...this.members.keys()]);
    this.told = new Promise((resolve) => (this.tell = resolve));
    this.slots = new Slots(args.parallel ?? Infinity);
  }

  /** Takes the work of one Pi; called once for each. */
  announce(pi: string, work: Work): void {
    if (!this.members.has(pi)) throw new Error(`${pi} is in none of the rollout's waves`);
    this.works.set(pi, work);
    if (this.works.size < this.members.size) return;
    void this.args.say(planText(this.changing(), this.works, this.args)).then(this.tell);
  }

  /** Waits until it is the Pi's turn. Gives the reason when an earlier wave holds the Pi back. */
  async turn(pi: string): Promise<ActivationFault | undefined> {
    await this.told;
    const waves = this.changing();
    const index = waves.findIndex(({ pis }) => pis.includes(pi));
    if (index < 0) return undefined;
    const held = await this.begin(waves, index);
    if (held) return held;
    await this.slots.take();
    void this.members.get(pi)?.ended.then(() => this.slots.give());
    return undefined;
  }

  /** Takes how the Pi stands after its turn; `undefined` when that can't be known. */
  end(pi: string, outcome: Outcome | undefined): void {
    this.members.get(pi)?.end(outcome);
  }

  /** Begins a wave after those before it. A second call gives the same answer. */
  private begin(waves: readonly Wave[], index: number): Promise<ActivationFault | undefined> {
    const wave = waves[index]!;
    const begun = this.begun.get(wave.name) ?? this.afterEarlierWaves(waves, index);
    this.begun.set(wave.name, begun);
    return begun;
  }

  private async afterEarlierWaves(
    waves: readonly Wave[],
    index: number,
  ): Promise<ActivationFault | undefined> {
    const before = waves[index - 1];
    if (!before) return undefined;
    const held = await this.begin(waves, index - 1);
    if (held) return held;
    const outcomes = await Promise.all(before.pis.map((pi) => this.members.get(pi)!.ended));
    const failed = before.pis.filter((_, at) => outcomes[at]?.status === "failed");
    if (failed.length > 0)
      return { kind: "held back", message: `${namesText(failed)} failed in an earlier wave` };
    if (outcomes.some((outcome) => outcome?.status === "converged"))
      await this.pause(before.name, waves[index]!.name);
    return undefined;
  }

  private async pause(before: string, next: string): Promise<void> {
    const { pause = 0, say } = this.args;
    if (pause === 0) return;
    await say([`${before} is done; ${next} begins in ${pause} s`]);
    for (const end = Date.now() + pause * 1000; ;) {
      const left = end - Date.now();
      if (left <= 0) return;
      await say([`${next} begins in ${Math.ceil(left / 1000)} s`], "passing");
      await delay(Math.min(left, 30_000));
    }
  }

  /** The waves with only the Pis that change. A wave without such a Pi is left out. */
  private changing(): Wave[] {
    return this.args.waves
      .map(({ name, pis }) => ({ name, pis: pis.filter((pi) => this.works.get(pi)?.kind === "change") }))
      .filter(({ pis }) => pis.length > 0);
  }
}

interface Ending {
  readonly ended: Promise<Outcome | undefined>;
  readonly end: (outcome: Outcome | undefined) => void;
}

function ending(): Ending {
  let end!: Ending["end"];
  const ended = new Promise<Outcome | undefined>((resolve) => (end = resolve));
  return { ended, end };
}
