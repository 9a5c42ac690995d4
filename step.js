// What the fleet's Commands run: one step of components/steps, named by the arguments.
import { load } from "./load.js";

await load("components/steps/main");
