import { equal, ok } from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { until } from "../../../lab/hosts/process.js";
import { skip } from "../../skip.js";

const oneWayMs = 20;

describe("the relay of a far lab", () => {
  let dir: string;
  let echo: Server;
  let port: number;
  let stop: () => void;

  before(async function () {
    if (process.platform !== "linux") skip(this, "only Linux has all of 127.0.0.0/8");
    dir = await mkdtemp(join(tmpdir(), "pi-fleet-relay-"));
    echo = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
    echo.listen(0, "127.0.0.1");
    await once(echo, "listening");
    ({ port } = echo.address() as AddressInfo);
    const ready = join(dir, "ready");
    const task = { ready, oneWayMs, port, routes: [["127.0.0.2", "127.0.0.1"]] };
    const child = spawn(process.execPath, ["--import=tsx", "bench/relay.ts", JSON.stringify(task)], {
      stdio: "inherit",
    });
    stop = () => child.kill();
    await until(
      async () => (await readFile(ready, "utf8").catch(() => "")) === String(child.pid),
      20,
      () => "it does not listen",
    );
  });

  after(async () => {
    stop?.();
    echo?.close();
    if (dir) await rm(dir, { recursive: true });
  });

  it("adds its time to the connection and to each round trip", async () => {
    const socket = connect(port, "127.0.0.2");
    const took = async () => {
      const start = performance.now();
      socket.write("ping");
      await once(socket, "data");
      return performance.now() - start;
    };
    // A timer of Node may end a millisecond early.
    ok((await took()) >= 5 * oneWayMs - 5);
    ok((await took()) >= 2 * oneWayMs - 2);
    socket.destroy();
  });

  it("loses nothing, keeps the order, and passes the end on", async () => {
    const sent = Buffer.from(Array.from({ length: 1 << 20 }, (_, i) => (i * 7919) >> 8));
    const socket = connect({ port, host: "127.0.0.2", allowHalfOpen: true });
    socket.end(sent);
    const received = await buffer(socket);
    equal(Buffer.compare(received, sent), 0);
  });
});
