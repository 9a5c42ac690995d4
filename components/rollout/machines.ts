import * as pulumi from "@pulumi/pulumi";
import type { Observation } from "../on-pi/observe.js";

/** An id as systemd makes it; a card that is booting for the first time may have another text. machine-id(5) */
const machineId = /^[0-9a-f]{32}$/;

/**
 * Which machine each Pi of a run is. Two Pis that are one machine would be switched to and fro by each `up`, each time with
 * success.
 */
export class Machines {
  private readonly ids = new Map<string, string | undefined>();
  private allTold = () => {};
  /** Resolves when all Pis were told of. Rejects when two of them are one machine. */
  readonly distinct: Promise<void>;

  constructor(private readonly pis: readonly string[]) {
    this.distinct = new Promise<void>((resolve) => (this.allTold = resolve)).then(() => {
      // The engine shows a RunError's message alone, and one object once.
      const twins = this.twins();
      if (twins.length > 0) throw new pulumi.RunError(twins.join("\n"));
    });
    this.distinct.catch(() => undefined);
  }

  /** Takes what a Pi showed of itself; `undefined` when this run can't know it. */
  tell(pi: string, seen: Observation | undefined): void {
    this.ids.set(pi, seen?.kind === "seen" ? seen.status.machine : undefined);
    if (this.ids.size === this.pis.length) this.allTold();
  }

  /** A line for each Pi that is the machine of an earlier one. */
  private twins(): string[] {
    const owners = new Map<string, string>();
    return this.pis.flatMap((pi) => {
      const id = this.ids.get(pi) ?? "";
      if (!machineId.test(id)) return [];
      const owner = owners.get(id);
      owners.set(id, pi);
      return owner === undefined ? [] : [oneMachine(owner, pi, id)];
    });
  }
}

function oneMachine(one: string, other: string, id: string): string {
  return (
    `${one} and ${other} report one machine-id, ${id.slice(0, 8)}…; nothing was touched. If they are one machine, take one ` +
    `of them out of the config. If one card is a copy of the other, give ${other} an id of its own, as root there: ` +
    "rm /etc/machine-id && systemd-machine-id-setup && reboot"
  );
}
