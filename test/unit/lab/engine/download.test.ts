import { match, ok } from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { downloadedEngine } from "../../../../lab/engine/download.js";
import { isExecutable } from "../../../../lab/engine/find-on-path.js";

describe("the engine's official download", () => {
  let root: string;
  let server: Server;
  let from: string;
  let archive: Buffer;
  let sum: string;

  before(async () => {
    root = await mkdtemp(join(tmpdir(), "pi-fleet-download-"));
    const made = join(root, "made", "pulumi");
    await mkdir(made, { recursive: true });
    for (const name of ["pulumi", "pulumi-language-nodejs"])
      await writeFile(join(made, name), "#!/bin/sh\n", { mode: 0o755 });
    await execa("tar", ["-czf", join(root, "archive"), "-C", join(root, "made"), "pulumi"]);
    archive = await readFile(join(root, "archive"));
    server = createServer((request, response) => {
      if (!request.url?.endsWith("checksums.txt")) return response.end(archive);
      const names = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"];
      return response.end(names.map((name) => `${sum}  pulumi-v3.220.0-${name}.tar.gz\n`).join(""));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    from = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(async () => {
    server?.close();
    await rm(root, { recursive: true, force: true });
  });

  const download = (into: string, server = from) =>
    downloadedEngine({ report: () => undefined, from: server, into: join(root, into) });

  async function refusal(into: string, server = from): Promise<string> {
    const result = await download(into, server);
    ok(typeof result === "string");
    return result;
  }

  it("is taken when its checksum is the published one", async () => {
    sum = createHash("sha256").update(archive).digest("hex");
    const engine = await download("good");
    ok(typeof engine !== "string");
    ok(await isExecutable(join(engine.binDir, "pulumi")));
  });
  it("is refused, and leaves nothing, when it is not", async () => {
    sum = "0".repeat(64);
    match(await refusal("bad"), /its SHA-256 is [0-9a-f]{64}, the published one is 0{64}/);
    ok(!(await isExecutable(join(root, "bad", "pulumi", "pulumi"))));
  });
  it("says so when nothing answers", async () => {
    const gone = createServer().listen(0, "127.0.0.1");
    await once(gone, "listening");
    const { port } = gone.address() as AddressInfo;
    gone.close();
    await once(gone, "close");
    match(await refusal("off", `http://127.0.0.1:${port}`), /cannot be reached/);
  });
});
