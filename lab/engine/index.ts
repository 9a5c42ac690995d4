import { builtEngine } from "./build.js";
import { downloadedEngine } from "./download.js";
import { installedEngine } from "./installed.js";
import { ENGINE_VERSION } from "./version.js";

/** A Pulumi CLI and its Node language host, in one directory for PATH. */
export interface Engine {
  readonly binDir: string;
  /** Lines that tell a person which one is in use. */
  readonly describe: string[];
}

const CHOICE = "PI_FLEET_ENGINE";
const CHOICES = ["path", "download", "build"] as const;

/**
 * Finds the engine on PATH if it is new enough, else downloads the official one, else builds it from Go modules.
 * PI_FLEET_ENGINE=path|download|build allows only that one.
 */
export async function ensureEngine(report: (line: string) => void): Promise<Engine> {
  const ways: Record<(typeof CHOICES)[number], () => Promise<Engine | string>> = {
    path: () => installedEngine(),
    download: () => downloadedEngine({ report }),
    build: () => builtEngine(report),
  };
  const reasons: string[] = [];
  for (const choice of allowedChoices()) {
    const engine = await ways[choice]();
    if (typeof engine !== "string") return engine;
    reasons.push(engine);
  }
  throw new Error(
    `No Pulumi engine: ${reasons.join("; ")}.\n` +
      `Install the Pulumi CLI ${ENGINE_VERSION} or later (https://www.pulumi.com/docs/install/), ` +
      "or Go 1.24.7 or later (https://go.dev/doc/install), and run this again.",
  );
}

function allowedChoices(): readonly (typeof CHOICES)[number][] {
  const choice = process.env[CHOICE];
  if (choice === undefined || choice === "") return CHOICES;
  const known = CHOICES.find((name) => name === choice);
  if (known === undefined)
    throw new Error(`${CHOICE} is "${choice}": it must be one of ${CHOICES.join(", ")}.`);
  return [known];
}
