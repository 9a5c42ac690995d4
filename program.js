// The entry that Pulumi.yaml names: index.ts, compiled afresh.
import { load } from "./load.js";

const program = await load("index");
export const { pis, runners, deployPublicKey, fleetJson, firstBoot } = program;
