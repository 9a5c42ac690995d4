import { setTimeout as delay } from "node:timers/promises";
import { type Outcome } from "../protocol/outcome.js";
import { heldBack } from "../protocol/step-environment.js";
import { Slots } from "../shared/slots.js";
import { type Wave } from "./waves.js";
import { type Work } from "./work.js";

export interface RolloutArgs {
  readonly waves: readonly Wave[];
  /** Seconds between waves. @default 0 */
  readonly pause?: number;
  /** How many Pis are copied to and activated at once. @default all of a wave */
  readonly parallel?: number | undefined;
  /** Tells a person, a line each; what is `passing` is only of interest now. */
  readonly say: (lines: readonly string[], passing?: "passing") => Promise<unknown>;
}

/**
 * The order in which Pis are changed. Each Pi announces what it has to do; when all have, the plan is told, and each
 * waits for its turn. So all builds come before the first activation: a person sees the whole plan before anything is
 * touched. A failed build holds up nobody, and the slowest is bounded by its own time limit.
 */
export class Rollout {
  private readonly parts = new Map<string, Work>();
  private readonly members: ReadonlyMap<string, Ending>;
  private readonly told: Promise<void>;
  private tell = () => {};
  private readonly slots: Slots;
  private readonly starts = new Map<string, Promise<string>>();

  constructor(private readonly args: RolloutArgs) {
    this.members = new Map(args.waves.flatMap(({ pis }) => pis).map((pi) => [pi, ending()]));
    this.told = new Promise((resolve) => (this.tell = resolve));
    this.slots = new Slots(args.parallel ?? Infinity);
  }

  /** What this Pi has to do. Called once for each. */
  announce(pi: string, part: Work): void {
    if (!this.members.has(pi)) throw new Error(`${pi} is in none of the rollout's waves`);
    this.parts.set(pi, part);
    if (this.parts.size < this.members.size) return;
    void this.args.say(this.plan()).then(this.tell);
  }

  /** Resolves when it is the Pi's turn: with why it may not go after all, or the empty string. */
  async turn(pi: string): Promise<string> {
    await this.told;
    const waves = this.changing();
    const index = waves.findIndex(({ pis }) => pis.includes(pi));
    if (index < 0) return "";
    const held = await this.start(waves, index);
    if (held) return held;
    await this.slots.take();
    void this.members.get(pi)?.ended.then(() => this.slots.give());
    return "";
  }

  /** How the Pi stands after its turn; `undefined` when that can't be known. */
  end(pi: string, outcome: Outcome | undefined): void {
    this.members.get(pi)?.end(outcome);
  }

  /** Begins a wave once, after those before it: with why its Pis are held back, or the empty string. */
  private start(waves: readonly Wave[], index: number): Promise<string> {
    const wave = waves[index]!;
    const begun = this.starts.get(wave.name) ?? this.after(waves, index);
    this.starts.set(wave.name, begun);
    return begun;
  }

  private async after(waves: readonly Wave[], index: number): Promise<string> {
    const before = waves[index - 1];
    if (!before) return "";
    const held = await this.start(waves, index - 1);
    if (held) return held;
    const outcomes = await Promise.all(before.pis.map((pi) => this.members.get(pi)!.ended));
    const failed = before.pis.filter((_, at) => outcomes[at]?.status === "failed");
    if (failed.length > 0) return `${heldBack}${failed.join(", ")} failed in an earlier wave`;
    if (outcomes.some((outcome) => outcome?.status === "converged"))
      await this.pause(before.name, waves[index]!.name);
    return "";
  }

  private async pause(before: string, next: string): Promise<void> {
    const { pause = 0, say } = this.args;
    if (pause === 0) return;
    await say([`${before} is done; ${next} begins in ${pause} s`]);
    for (const until = Date.now() + pause * 1000; ;) {
      const left = until - Date.now();
      if (left <= 0) return;
      await say([`${next} begins in ${Math.ceil(left / 1000)} s`], "passing");
      await delay(Math.min(left, 30_000));
    }
  }

  /** The waves with only the Pis that change, without empty ones. */
  private changing(): Wave[] {
    return this.args.waves
      .map(({ name, pis }) => ({ name, pis: pis.filter((pi) => this.parts.get(pi)?.kind === "change") }))
      .filter(({ pis }) => pis.length > 0);
  }

  /** Lines for a person; none when nothing changes. */
  private plan(): string[] {
    const waves = this.changing();
    if (waves.length === 0) return [];
    const { pause = 0, parallel } = this.args;
    const limits = [
      ...(parallel && waves.some(({ pis }) => pis.length > parallel) ? [`${parallel} at once`] : []),
      ...(pause > 0 && waves.length > 1 ? [`${pause} s between waves`] : []),
    ];
    const order = waves.map(({ name, pis }) => `${name}: ${pis.join(", ")}`).join(" · ");
    return [
      `${order}${limits.length > 0 ? ` (${limits.join(", ")})` : ""}`,
      ...this.changes(waves.flatMap(({ pis }) => pis)),
    ];
  }

  private changes(pis: readonly string[]): string[] {
    const first = new Map<string, string>();
    return pis.flatMap((pi) => {
      const part = this.parts.get(pi);
      if (part?.kind !== "change") return [];
      const { lines, packages = [] } = part;
      const text = packages.join("\n");
      const same = packages.length > 1 ? first.get(text) : undefined;
      if (!same) first.set(text, pi);
      const [head = "", ...others] = same ? [`as ${same}`] : packages;
      return [
        pi,
        ...lines.map((line) => `  ${line}`),
        ...(packages.length > 0 ? [`  packages: ${head}`] : []),
        ...others.map((line) => `            ${line}`),
      ];
    });
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
