import { ActivateScript } from "../on-pi/activate-script.js";
import { observe, type Observation } from "../on-pi/observe.js";
import type { Timeouts } from "../config/timeouts.js";
import { byFirstLogin, isSameLogin, loginsOf } from "../ssh/logins.js";
import type { SshSession } from "../ssh/session.js";
import type { Target } from "../ssh/target.js";

/**
 * A Pi whose login may change while it is worked on: the new system may bring another port, user or address, and the
 * way back takes that back. A question goes by the login that answered last, and then by the others.
 */
export class ReachedPi {
  private readonly logins: readonly [Target, ...Target[]];
  private last: Target;
  private sharedIsLost = false;

  /**
   * @param target the Pi as config wants it, with its logins of before
   * @param reached the login that the shared connection goes by. @default the wanted one
   */
  constructor(
    private readonly session: SshSession,
    target: Target,
    private readonly timeouts: Pick<Timeouts, "connect" | "activate" | "confirm">,
    private readonly reached?: Target,
  ) {
    this.logins = loginsOf(target);
    this.last = reached ?? this.logins[0];
  }

  get name(): string {
    return this.wanted.name;
  }

  /** The login that config wants. */
  get wanted(): Target {
    return this.logins[0];
  }

  /** The login that answered last. */
  get login(): Target {
    return this.last;
  }

  /** activate.sh by the login that answered last. */
  get script(): ActivateScript {
    return this.scriptBy(this.last);
  }

  /**
   * Whether the shared connection may still be used. It was not lost, and the Pi answers by its login: the account of a login
   * of before may be gone.
   */
  get isShared(): boolean {
    return !this.sharedIsLost && isSameLogin(this.last, this.reached ?? this.wanted);
  }

  /** To be called when the shared connection failed: it is not tried again. */
  loseShared(): void {
    this.sharedIsLost = true;
  }

  /** Whether config wants another login than the one that answered last. */
  get isFormer(): boolean {
    return !isSameLogin(this.last, this.wanted);
  }

  /** Asks over fresh connections. The question must do no harm when it is asked twice. @throws SshError */
  ask<T>(question: (script: ActivateScript) => Promise<T>): Promise<T> {
    return this.askBy([this.last, ...this.logins.filter((one) => !isSameLogin(one, this.last))], question);
  }

  /** The same by the wanted login alone. */
  askByWanted<T>(question: (script: ActivateScript) => Promise<T>): Promise<T> {
    return this.askBy([this.wanted], question);
  }

  /** Asks for the status over fresh connections. When no login works, what the one that answered last says counts. */
  async observe(): Promise<Observation> {
    const first = await this.observeBy(this.last);
    if (first.kind === "seen") return first;
    for (const login of this.logins.filter((one) => !isSameLogin(one, this.last))) {
      const seen = await this.observeBy(login);
      if (seen.kind === "seen") return seen;
    }
    return first;
  }

  /** The same through the shared connection while that may be used: it saves a login. */
  async observeShared(): Promise<Observation> {
    if (this.isShared) {
      const seen = await observe(this.session, this.last, this.timeouts.connect, { shared: true });
      if (seen.kind === "seen") return seen;
      this.loseShared();
    }
    return this.observe();
  }

  /** The same over a fresh connection, by the wanted login alone. */
  observeByWanted(): Promise<Observation> {
    return this.observeBy(this.wanted);
  }

  private async observeBy(login: Target): Promise<Observation> {
    const seen = await observe(this.session, login, this.timeouts.connect);
    if (seen.kind === "seen") this.last = login;
    return seen;
  }

  private askBy<T>(
    logins: readonly [Target, ...Target[]],
    question: (script: ActivateScript) => Promise<T>,
  ): Promise<T> {
    return byFirstLogin(logins, async (login) => {
      const answer = await question(this.scriptBy(login));
      this.last = login;
      return answer;
    });
  }

  private scriptBy(login: Target): ActivateScript {
    return new ActivateScript(this.session, login, this.timeouts);
  }
}
