#!/usr/bin/env node
// `npm run pi -- VERB`: what is done to one Pi by hand, beside the state.
import { load } from "./load.js";

await load("components/by-hand/main");
