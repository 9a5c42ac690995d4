// A process on the lab's laptop: takes TCP connections and passes all on, later. Its argument is a JSON object.
import { writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";

interface Task {
  /** A file for the process id, once it listens. */
  readonly ready: string;
  readonly oneWayMs: number;
  /** @default 22 */
  readonly port?: number;
  /** Where it listens, and where it connects to. */
  readonly routes: readonly (readonly [from: string, to: string])[];
}

const { ready, oneWayMs, port = 22, routes } = JSON.parse(process.argv[2] ?? "") as Task;

let waiting = routes.length;
for (const [from, to] of routes) {
  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (near) => {
    // A connection takes a round trip and a half until the other side can speak.
    setTimeout(() => {
      const far = connect({ host: to, port, allowHalfOpen: true, noDelay: true });
      passOn(near, far);
      passOn(far, near);
    }, 3 * oneWayMs);
  });
  server.listen(port, from, () => {
    if (--waiting === 0) writeFileSync(ready, String(process.pid));
  });
}

/** Timers of one length end in the order in which they began, so nothing overtakes anything. */
function passOn(from: Socket, to: Socket): void {
  from.on("data", (chunk) => setTimeout(() => to.write(chunk), oneWayMs));
  from.on("end", () => setTimeout(() => to.end(), oneWayMs));
  from.on("error", () => to.destroy());
  from.on("close", () => setTimeout(() => to.destroySoon(), oneWayMs));
  from.resume();
}
