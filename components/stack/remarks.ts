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

/** What is remarked on the Pis of one run. */
export class RunRemarks {
  /** What a plan can't show of a Pi, such as that it is off. */
  readonly seen: Remarks;
  /** What a person has to do for a Pi that waits for its card. */
  readonly flash: Remarks;

  constructor(pis: readonly string[], whole: pulumi.Resource) {
    this.seen = new Remarks(pis, whole, (text, resource) => pulumi.log.warn(text, resource));
    this.flash = new Remarks(pis, whole, (text, resource) => pulumi.log.info(text, resource));
  }
}
