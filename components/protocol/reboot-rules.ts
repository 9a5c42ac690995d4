import { z } from "zod";
import { boardNames } from "../config/boards.js";
import { reboot } from "../config/reboot.js";

/** A Pi's reboot policy, and its board, which decides what a failed boot can do. */
export const rebootRules = z.object({ ...reboot.shape, board: z.enum(boardNames) });

export type RebootRules = Readonly<z.output<typeof rebootRules>>;
