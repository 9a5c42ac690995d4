import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type ReadableStream } from "node:stream/web";
import { execa } from "execa";
import { cacheDir } from "./cache.js";
import { isExecutable } from "./find-on-path.js";
import type { Engine } from "./index.js";
import { withLock } from "./lock.js";
import { timed } from "./progress.js";
import { ENGINE_VERSION } from "./version.js";

const RELEASE = `https://github.com/pulumi/pulumi/releases/download/v${ENGINE_VERSION}`;
/** The timeout of the first, small file, so that a machine without a network does not wait long. */
const PROBE_MS = 5_000;
const DOWNLOAD_MS = 5 * 60_000;

export interface DownloadOptions {
  readonly report: (line: string) => void;
  /** @default the release's page at the project's site */
  readonly from?: string;
  /** @default engine/download-<version> in the cache */
  readonly into?: string;
}

/** The official release, checked against its published checksums, or a sentence that says why it can't be had. */
export async function downloadedEngine(options: DownloadOptions): Promise<Engine | string> {
  const { report, from = RELEASE, into = cacheDir("engine", `download-${ENGINE_VERSION}`) } = options;
  const engine = {
    binDir: join(into, "pulumi"),
    describe: [`engine: pulumi ${ENGINE_VERSION}, the official download`],
  };
  const isThere = () => isExecutable(join(engine.binDir, "pulumi-language-nodejs"));
  if (await isThere()) return engine;

  const archive = archiveName();
  if (archive === undefined) return `there is no official download for ${process.platform}-${process.arch}`;
  let sums: string;
  try {
    sums = await fetchText(`${from}/pulumi-${ENGINE_VERSION}-checksums.txt`);
  } catch (error) {
    return `the official download cannot be reached (${reason(error)})`;
  }
  const sum = checksumOf(archive, sums);
  if (sum === undefined) return `the official download's checksums do not name ${archive}`;

  const onWait = (holder: number) => report(`engine: process ${holder} is downloading it, waiting`);
  return withLock(`${into}.lock`, { onWait, timeout: 2 * DOWNLOAD_MS }, async () => {
    if (await isThere()) return engine;
    try {
      await timed(`engine: downloading ${archive}`, report, () => install(`${from}/${archive}`, sum, into));
      return engine;
    } catch (error) {
      return `the official download failed (${reason(error)})`;
    }
  });
}

function archiveName(): string | undefined {
  const arch = { x64: "x64", arm64: "arm64" }[process.arch as string];
  const platform = { linux: "linux", darwin: "darwin" }[process.platform as string];
  return arch && platform && `pulumi-v${ENGINE_VERSION}-${platform}-${arch}.tar.gz`;
}

async function fetchText(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_MS) });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return response.text();
}

function checksumOf(name: string, sums: string): string | undefined {
  const line = sums.split("\n").find((line) => line.trim().split(/\s+/)[1]?.replace(/^\*/, "") === name);
  return line?.trim().split(/\s+/)[0];
}

async function install(url: string, sum: string, into: string): Promise<void> {
  const work = `${into}.tmp-${process.pid}`;
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  try {
    const file = join(work, "archive.tar.gz");
    await save(url, file);
    const found = await sha256(file);
    if (found !== sum) throw new Error(`its SHA-256 is ${found}, the published one is ${sum}`);
    await execa("tar", ["-xzf", file, "-C", work]);
    await rm(file);
    await rm(into, { recursive: true, force: true });
    await rename(work, into);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function save(url: string, file: string): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_MS) });
  if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`);
  await pipeline(Readable.fromWeb(response.body as ReadableStream), createWriteStream(file));
}

async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

/** The reason of an error. The message of fetch is only "fetch failed"; its cause says why. */
function reason(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? cause.message : message;
}
