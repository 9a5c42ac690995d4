import { patient, ask } from "./github-request.js";

/** The id of OWNER/NAME, which runner groups want. */
export async function repositoryId(api: string, token: string, repository: string): Promise<number> {
  const scope = `repos/${repository}`;
  const where = { api, token, scope, limits: patient };
  return ((await ask(where, "GET", scope)) as { id: number }).id;
}
