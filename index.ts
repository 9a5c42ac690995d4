import * as pulumi from "@pulumi/pulumi";
import { Fleet, previousRun, readStackConfig, UserError } from "./components/index.js";

const { fleet, githubKeys: taken } = await start();

/**
 * The public host key of each Pi, for age to encrypt secrets for. Nothing in it is secret; it is marked so that no run prints
 * a line for each Pi: pulumi stack output hostPublicKeys --show-secrets
 */
export const hostPublicKeys = pulumi.secret(
  pulumi.all(
    Object.fromEntries(
      Object.values(fleet.pis).map((pi) => [pi.name, pi.target.apply(({ hostKey }) => hostKey)]),
    ),
  ),
);
/** The keys that were taken from GitHub, by user. The next run uses them when GitHub can't be reached. */
export const githubKeys = taken;
/** How the fleet stands after this run, in a line. `npm run pi -- report` tells each Pi and runner. */
export const summary = fleet.summary;
/**
 * How each Pi stands after this run. The next run reads it. Nothing in it is secret; it is marked so that a run does not
 * print some twenty lines for each Pi.
 */
export const pis = pulumi.secret(fleet.outcomes);
/** How each runner's credential stands after this run; marked likewise. */
export const runners = pulumi.secret(fleet.runnerOutcomes);
/** The images of cards that `pi-fleet:images` asks for: the file on this machine, its size and its SHA-256. */
export const images = fleet.images;
/** The key that deploys, for the authorized keys of a Pi that already runs. */
export const deployPublicKey = fleet.keys.deployPublicKey;
/**
 * fleet.json, for `nix build ./nix#… --override-input fleet path:DIR` by hand. Nothing in it is secret; it is marked so
 * that a plan does not repeat the whole config: pulumi stack output fleetJson --show-secrets
 */
export const fleetJson = pulumi.secret(fleet.fleetJson);
/** How the verbs of `npm run pi` reach the Pis. Secret. */
export const access = fleet.access;
/** What the card of each Pi that is not adopted needs for its first boot. Secret. */
export const firstBoot = fleet.firstBoot;

/** Reads the config and registers the fleet, or says in one message what is wrong. */
async function start() {
  try {
    const { fleet: config, githubKeys, ...rest } = await readStackConfig();
    const last = await previousRun();
    return { githubKeys, fleet: new Fleet("fleet", { config, last, ...rest }) };
  } catch (error) {
    // The engine shows a RunError's message alone.
    throw error instanceof UserError ? new pulumi.RunError(error.message) : error;
  }
}
