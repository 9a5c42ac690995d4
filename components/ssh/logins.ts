import { remote } from "./remote.js";
import type { SshSession } from "./session.js";
import { SshError } from "./ssh-error.js";
import { destination, type Destination, type Target } from "./target.js";

/** The target by each of its logins: the one that config wants, and then those of before. */
export function loginsOf({ former = [], ...wanted }: Target): [Target, ...Target[]] {
  return [wanted, ...former.map((login) => ({ name: wanted.name, hostKey: wanted.hostKey, ...login }))];
}

/** `pi@192.168.1.122 port 22` */
export function loginText(login: Destination): string {
  return `${destination(login)} port ${login.port ?? 22}`;
}

export function isSameLogin(a: Destination, b: Destination): boolean {
  return loginText(a) === loginText(b);
}

/**
 * Works by one login after the other until ssh does not fail. The work may be begun by several logins, so it must do no
 * harm when it is done twice.
 * @throws SshError that tells of each login
 */
export async function byFirstLogin<T>(
  logins: readonly [Target, ...Target[]],
  work: (login: Target) => Promise<T>,
): Promise<T> {
  const [login, ...others] = logins;
  try {
    return await work(login);
  } catch (error) {
    const [next, ...rest] = others;
    if (!(error instanceof SshError) || !next) throw error;
    return await byFirstLogin([next, ...rest], work).catch((later: unknown) => {
      throw later instanceof SshError ? noneWorks(error, next, later) : later;
    });
  }
}

/** The login that works now. A host without logins of before is not asked. @throws SshError when none works */
export async function workingLogin(session: SshSession, target: Target): Promise<Target> {
  const logins = loginsOf(target);
  if (logins.length === 1) return logins[0];
  return byFirstLogin(logins, async (login) => {
    await remote(session, login, ["true"], { timeoutSeconds: session.connectSeconds * 2 });
    return login;
  });
}

function noneWorks(error: SshError, next: Target, later: SshError): SshError {
  const message = `${error.message}\nNor by ${loginText(next)}: ${later.message}`;
  // A Pi is off only when it is off by each login.
  const { reason } = error.reason === "unreachable" ? later : error;
  return new SshError(reason, message, { cause: error });
}
