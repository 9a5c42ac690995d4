import { setTimeout as delay } from "node:timers/promises";
import { type ProcessResult, startProcess } from "../shared/run-process.js";
import { isRefused } from "./run-ssh.js";
import type { Login, SshSession } from "./session.js";
import { SshError, sshError } from "./ssh-error.js";
import { sshOptions } from "./ssh-options.js";
import { destination, type Target } from "./target.js";

/** A connection that is closed and does not end is given up after so many seconds. */
const closeSeconds = 5;

/** An open connection, which `shared` runs go through. */
export interface SharedConnection {
  readonly close: () => Promise<void>;
}

/**
 * Opens the connection that `shared` runs go through: the master of ssh_config(5), ControlMaster. It ends with this
 * process, because its command is a `cat` that reads our pipe. Of the session's logins it takes the first that the host
 * takes.
 * @throws SshError, also when the login shell does not run our command within twice the time that a connection may take
 */
export async function connect(session: SshSession, target: Target): Promise<SharedConnection> {
  let refused: ProcessResult | undefined;
  for (const login of session.logins) {
    const opened = await openMaster(session, target, login);
    if ("close" in opened) {
      session.prefer(login);
      return opened;
    }
    refused = opened;
    if (!isRefused(opened)) break;
  }
  throw sshError(target, refused?.stderr || refused?.reason || "the connection ended at once");
}

/** Gives the connection, or how ssh ended without one. */
async function openMaster(
  session: SshSession,
  target: Target,
  login: Login,
): Promise<SharedConnection | ProcessResult> {
  const argv = [
    ...session.loginOptions(login),
    ...sshOptions(["ControlMaster=yes", `ControlPath=${session.controlPath(target)}`]),
    ...session.options(target),
    destination(target),
    "--",
    "echo connected; exec cat",
  ];
  const stop = new AbortController();
  let greet = () => {};
  const greeted = new Promise<"greeted">((resolve) => (greet = () => resolve("greeted")));
  const master = startProcess("ssh", argv, {
    killAfterSeconds: 2,
    signal: stop.signal,
    onOutputLine: (line) => {
      if (line.endsWith("connected")) greet();
    },
  });
  const limit = session.connectSeconds * 2;
  const first = await within(limit, Promise.race([greeted, master.ended]));
  if (first === "too late") {
    stop.abort();
    throw noGreeting(target, limit);
  }
  if (first !== "greeted") return first;
  return {
    close: async () => {
      master.closeInput();
      if ((await within(closeSeconds, master.ended)) === "too late") stop.abort();
    },
  };
}

async function within<T>(seconds: number, awaited: Promise<T>): Promise<T | "too late"> {
  const timer = new AbortController();
  const late = delay(seconds * 1000, "too late" as const, { signal: timer.signal });
  late.catch(() => {});
  try {
    return await Promise.race([awaited, late]);
  } finally {
    timer.abort();
  }
}

function noGreeting({ name, address, user }: Target, seconds: number): SshError {
  return new SshError(
    "lost",
    `${name} (${address}) runs nothing for us within ${seconds} s, though ssh did not fail: the login shell of ` +
      `${user ?? "your user"} hangs, or waits for somebody, or its disk gives no answer. Log in by hand to see.`,
  );
}
