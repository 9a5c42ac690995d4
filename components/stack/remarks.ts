import * as pulumi from "@pulumi/pulumi";
import { groupText, tellAlike, type Told } from "../shared/told-alike.js";

type Say = (message: string, resource: pulumi.Resource) => Promise<void>;

/** Something that is remarked on each Pi. When all are known, it is told: once of many Pis of whom it is the same. */
export class Remarks {
  private readonly known = new Map<string, { text: string | undefined; resource: pulumi.Resource }>();

  /**
   * @param pis of whom something may be told
   * @param whole the resource that many Pis are told of on
   */
  constructor(
    private readonly pis: readonly string[],
    private readonly whole: pulumi.Resource,
    private readonly say: Say,
  ) {}

  /** Takes what is to be told of one Pi, if anything is; called once for each. */
  take(pi: string, text: string | undefined, resource: pulumi.Resource): void {
    this.known.set(pi, { text, resource });
    if (this.known.size === this.pis.length) void this.tell();
  }

  private tell(): Promise<unknown> {
    const told = this.pis.flatMap((name): (Told & { resource: pulumi.Resource })[] => {
      const { text, resource } = this.known.get(name)!;
      return text ? [{ name, text, resource }] : [];
    });
    return Promise.all(
      tellAlike(told, {
        each: ({ text, resource }) => this.say(text, resource),
        alike: (group) => this.say(`${groupText(group)}: ${group[0].text}`, this.whole),
      }),
    );
  }
}

/** What may be remarked on a Pi, and how loud that is. */
const topics = {
  /** What a plan can't show of it, such as that it is off. */
  seen: () => "warn",
  /** Why it can't be brought to anything. In an `up` its Command tries all the same, and the verdict repeats why it failed. */
  fault: () => (pulumi.runtime.isDryRun() ? "error" : "warn"),
  /** What a person need not act on. */
  note: () => "info",
  placedByHand: () => "info",
  noise: () => "warn",
  restricted: () => "warn",
  secrets: () => "info",
  /** What a person has to do for a Pi that waits for its card. */
  flash: () => "info",
} satisfies Record<string, () => "info" | "warn" | "error">;

export type Topic = keyof typeof topics;

/** What is remarked on the Pis of one run. */
export class RunRemarks {
  private readonly byTopic = new Map<Topic, Remarks>();

  constructor(
    private readonly pis: readonly string[],
    private readonly whole: pulumi.Resource,
  ) {}

  on(topic: Topic): Remarks {
    const level: "info" | "warn" | "error" = topics[topic]();
    const say: Say = (text, resource) => pulumi.log[level](text, resource);
    const remarks = this.byTopic.get(topic) ?? new Remarks(this.pis, this.whole, say);
    this.byTopic.set(topic, remarks);
    return remarks;
  }
}
