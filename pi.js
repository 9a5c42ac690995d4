#!/usr/bin/env node
// `npm run pi -- VERB`: what a person does to one Pi by hand. The stack's state is not changed.
import { load } from "./load.js";

await load("components/by-hand/main");
