import { z } from "zod";
import { patient, ask } from "./github-request.js";

/** The id of OWNER/NAME, which runner groups want. */
export async function repositoryId(api: string, token: string, repository: string): Promise<number> {
  const scope = `repos/${repository}`;
  const access = { api, token, scope, limits: patient };
  return (await ask(access, { method: "GET", path: scope, answer: z.object({ id: z.number() }) })).id;
}
