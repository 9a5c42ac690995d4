import { type Tool } from "./tool.js";

/** `pulumi up`, which evaluates and builds too. */
export const ours: Tool = {
  name: "ours",
  deployment: async () => ({ argv: ["pulumi", "up", "--yes", "--skip-preview", "--non-interactive"] }),
};
