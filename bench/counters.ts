import { readFile } from "node:fs/promises";
import { host } from "../lab/hosts/host.js";
import { requireAnchor } from "../lab/hosts/namespaces.js";
import { aFewAtOnce } from "../lab/hosts/a-few-at-once.js";

/** What Pis count by themselves while somebody deploys to them. */
export interface Counters {
  /** Successful ssh logins on all Pis. */
  readonly logins: number;
  /** Bytes that all Pis were sent. */
  readonly bytes: number;
}

export async function readCounters(pis: readonly string[]): Promise<Counters> {
  const sent = await bytesSent();
  let logins = 0;
  await aFewAtOnce(pis, async (pi) => {
    // Read first: others add to the sum meanwhile.
    const own = await loginsOf(pi);
    logins += own;
  });
  return { logins, bytes: pis.reduce((sum, pi) => sum + (sent.get(pi) ?? 0), 0) };
}

/** sshd tells each login in the journal. */
async function loginsOf(pi: string): Promise<number> {
  const { stdout } = await host(pi).run([
    ...[
      "sh",
      "-c",
      'journalctl -b -q -o cat -t sshd -t sshd-session | grep -c "^Accepted publickey" || true',
    ],
  ]);
  return Number(stdout);
}

/** What the laptop's end of each cable has sent. */
async function bytesSent(): Promise<Map<string, number>> {
  const counters = await readFile(`/proc/${await requireAnchor()}/net/dev`, "utf8");
  return parseNetDev(counters);
}

/** Bytes sent by name of the Pi, of a /proc/net/dev: the ninth number of a line is what its interface has sent. */
export function parseNetDev(text: string): Map<string, number> {
  const found = text.matchAll(/^ *v-([^:\s]+): *((?:\d+ *){16})$/gm);
  return new Map([...found].map(([, pi = "", numbers = ""]) => [pi, Number(numbers.trim().split(/ +/)[8])]));
}
