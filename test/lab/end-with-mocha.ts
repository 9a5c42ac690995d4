/** What must not outlive this process. */
interface Removable {
  remove(): Promise<void>;
}

const open = new Set<Removable>();
const parent = process.ppid;
let isEnding = false;

// Mocha ends at a signal without running its hooks, and so a lab would be left behind. Mocha's first process passes one
// ctrl-C on as several signals, so that a second one is no sign of haste. Killed, it passes nothing on.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void end());
setInterval(() => {
  if (process.ppid !== parent) void end();
}, 500).unref();

/** Has it removed when mocha is interrupted, and mocha ended after that. Gives what to call when it is removed before. */
export function endWithMocha(removable: Removable): () => void {
  open.add(removable);
  return () => void open.delete(removable);
}

async function end(): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  const ended = await Promise.allSettled([...open].map((removable) => removable.remove()));
  for (const one of ended) if (one.status === "rejected") console.error(one.reason);
  process.exit(130);
}
