import * as pulumi from "@pulumi/pulumi";
import { Fleet, readStackConfig, UserError, whoAnswers, type StackConfig } from "./components/index.js";
import { hostAddress } from "./components/config.js";

const { fleet: config, holders, githubToken } = readConfig();

const targets = Object.entries(config.hosts).map(([name, host]) => ({ ...host, name, address: hostAddress(name, host) }));
const answering = await whoAnswers(targets, config.timeouts.probe);

const fleet = new Fleet("fleet", { config, holders, answering, githubToken });

/** How each Pi stands after this run. */
export const pis = fleet.outcomes;
/** The key that deploys, for the authorized keys of a Pi that already runs. */
export const deployPublicKey = fleet.keys.deployPublicKey;
/** fleet.json, for `nix build ./nix#… --override-input fleet path:DIR` by hand. */
export const fleetJson = fleet.fleetJson;
/** What the card of each new Pi needs for its first boot. Secret. */
export const firstBoot = pulumi.secret(
  pulumi.all(
    Object.fromEntries(
      Object.values(fleet.pis).flatMap((pi) => {
        const bundle = pi.firstBoot();
        return bundle ? [[pi.name, bundle] as const] : [];
      }),
    ),
  ),
);

function readConfig(): StackConfig {
  try {
    return readStackConfig();
  } catch (error) {
    // The engine shows a RunError's message alone.
    throw error instanceof UserError ? new pulumi.RunError(error.message) : error;
  }
}
