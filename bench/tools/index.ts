import { type ToolName } from "../options.js";
import { loop, xargs } from "./by-shell.js";
import { colmena } from "./colmena.js";
import { deployRs } from "./deploy-rs.js";
import { ours } from "./ours.js";
import { type Tool } from "./tool.js";

export const tools: Readonly<Record<ToolName, Tool>> = { ours, xargs, loop, "deploy-rs": deployRs, colmena };
