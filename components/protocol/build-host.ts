import { z } from "zod";
import { buildHost } from "../config/build-host.js";

/** Where a Pi's toplevel is built: the build host's name in config, and its options. */
export const namedBuildHost = z.object({ name: z.string(), config: buildHost });

export type NamedBuildHost = Readonly<z.output<typeof namedBuildHost>>;
