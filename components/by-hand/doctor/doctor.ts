import { examine } from "../../on-pi/examine.js";
import { observe, type Observation } from "../../on-pi/observe.js";
import { boards } from "../../config/boards.js";
import type { Access, PiAccess } from "../../protocol/access.js";
import { connectByLogin } from "../../ssh/connect-by-login.js";
import type { Outcome } from "../../protocol/outcome.js";
import { SshSession } from "../../ssh/session.js";
import { SshError } from "../../ssh/ssh-error.js";
import type { StackOutputs } from "../stack-outputs.js";
import { boardAdvice } from "./board-advice.js";
import { diskFindings } from "./disk-findings.js";
import { note, report, wrong, type Finding } from "./finding.js";
import { firstBootFindings } from "./first-boot-findings.js";
import { hardwareFindings } from "./hardware-findings.js";
import { hostKeyFinding } from "./host-key.js";
import { loginFindings, refusedLogin } from "./login.js";
import { lookForPi, networkFindings } from "./network.js";
import { clockFindings, driftFindings, lastUpFindings, unseenFindings } from "./state-findings.js";
import { unitFindings } from "./unit-findings.js";

/** Says what is wrong with a Pi and what to do about it. Changes nothing. The exit code is 1 when something is wrong. */
export async function examineByHand(access: Access, pi: PiAccess, outputs: StackOutputs): Promise<void> {
  const { name, address } = pi.target;
  console.log(`${name} (${boards[pi.reboot.board].title}, ${address} port ${pi.target.port ?? 22})`);
  const runners = Object.values(outputs.runners).filter((runner) => runner.pi === name);
  const registered = runners.flatMap(({ registration }) => registration?.name ?? []);
  const { findings, isOff } = await findingsOf(access, pi, registered);
  const all = [...findings, ...lastUpFindings(outputs.pis[name]), ...runnerOutcomes(runners)];
  console.log(report(all));
  if (isOff) console.log(["", `Where ${name} stands:`, ...boardAdvice(pi.reboot.board)].join("\n"));
  if (all.some(({ level }) => level === "wrong")) process.exitCode = 1;
}

interface Visit {
  readonly findings: Finding[];
  /** Nothing of it was seen, so that somebody has to go there. */
  readonly isOff: boolean;
}

function findingsOf(access: Access, pi: PiAccess, registered: readonly string[]): Promise<Visit> {
  const { target, timeouts } = pi;
  const options = { target, privateKey: access.deployKey, connectSeconds: timeouts.connect };
  return SshSession.with(options, async (session) => {
    try {
      const connection = await connectByLogin(session, target);
      try {
        const { reached } = connection;
        const login = loginFindings(target, reached, session.logins[0]);
        return {
          findings: [...login, ...(await fromWithin(session, pi, reached, registered))],
          isOff: false,
        };
      } finally {
        await connection.close();
      }
    } catch (error) {
      if (!(error instanceof SshError)) throw error;
      return fromOutside(session, access, pi, error);
    }
  });
}

/** What is found when no login works. */
async function fromOutside(
  session: SshSession,
  { deployKey, pis }: Access,
  { target, timeouts }: PiAccess,
  error: SshError,
): Promise<Visit> {
  const sight = await lookForPi(session, target);
  const network = networkFindings(target, sight, error.message);
  if (error.reason === "host key") {
    const told = sight.way.isProxied ? [] : network;
    return { findings: [...told, await hostKeyFinding(target, pis, timeouts.connect)], isOff: false };
  }
  if (error.reason === "refused login")
    return { findings: [...network, refusedLogin(target, deployKey)], isOff: false };
  const isExplained = network.some(({ level }) => level === "wrong");
  // A name and a port that are well while ssh fails: then ssh's own words are all that is known.
  const ssh = isExplained ? [] : [wrong("login", error.message.replace(/\.$/, ""))];
  return { findings: [...network, ...ssh], isOff: error.reason === "unreachable" };
}

/** What is found on a Pi that let us in. */
async function fromWithin(
  session: SshSession,
  pi: PiAccess,
  reached: PiAccess["target"],
  registered: readonly string[],
): Promise<Finding[]> {
  const { timeouts, target } = pi;
  const seen = await observe(session, reached, timeouts.connect, { shared: true });
  if (seen.kind !== "seen") return [wrong("system", seen.message.replace(/\.$/, ""))];
  const examination = await examine(session, reached, timeouts.connect).catch((error: unknown) => {
    if (error instanceof SshError) return error;
    throw error;
  });
  const now = Date.now() / 1000;
  if (examination instanceof SshError)
    return [
      ...driftFindings(pi, seen.status, ""),
      wrong(
        "system",
        `it does not end its own examination: ${examination.message}`,
        "Its card may be dying, or its memory at its end: see its screen",
      ),
    ];
  return [
    ...firstBootFindings(target.name, examination),
    ...diskFindings(examination),
    ...hardwareFindings(target.name, examination),
    ...clockFindings(examination, now),
    ...unitFindings(examination, seen.status.spentRunners, registered),
    ...driftFindings(pi, seen.status, examination.os),
    ...shellFindings(seen),
    ...unseenFindings(examination, seen.status, reached.user ?? "your user"),
  ];
}

function shellFindings(seen: Observation): Finding[] {
  if (seen.kind !== "seen" || seen.noise === undefined) return [];
  return [
    note("login", "its login shell prints text when nobody types into it, so Nix can't copy a system to it"),
  ];
}

/** The runners of a Pi that the last `up` could not register. */
function runnerOutcomes(runners: readonly Outcome[]): Finding[] {
  return runners
    .filter(({ status }) => status === "failed")
    .map(({ message = "without a reason" }) =>
      note("runner", `the last \`up\` could not register it: ${message.split("\n")[0]!.replace(/\.$/, "")}`),
    );
}
