import { z } from "zod";
import type { RunnerConfig } from "../config/runner.js";
import { appJwt } from "./github-app.js";
import { GitHubError } from "./github-error.js";
import { ask, type GitHubAccess, patient } from "./github-request.js";
import { neededPermission } from "./needed-permission.js";

export type Credential = RunnerConfig["credential"];

/** Whether the secret is a GitHub App's private key. Then even reading needs a token, which only a POST makes. */
export function isApp(
  credential: Credential,
): credential is Extract<Credential, { appId?: number }> & { appId: number } {
  return "appId" in credential && credential.appId !== undefined;
}

/**
 * The token for requests. It is the secret itself. When the secret is a GitHub App's private key, it is a new token of
 * the App's installation, which is good for an hour.
 * @throws GitHubError
 */
export async function requestToken(
  api: string,
  scope: string,
  credential: Credential,
  secret: string,
): Promise<string> {
  if (!isApp(credential)) return secret.trim();
  const access = { api, token: appJwt(credential.appId, secret), scope, limits: patient };
  const installation = credential.installation ?? (await installationOf(access));
  const path = `app/installations/${installation}/access_tokens`;
  return (await ask(access, { method: "POST", path, answer: z.object({ token: z.string() }) })).token;
}

/** The id of the App's installation for a scope. */
async function installationOf(access: GitHubAccess): Promise<number> {
  const { scope } = access;
  try {
    const path = `${scope}/installation`;
    return (await ask(access, { method: "GET", path, answer: z.object({ id: z.number() }) })).id;
  } catch (error) {
    if (!(error instanceof GitHubError) || error.status !== 404) throw error;
    throw new GitHubError(
      404,
      `the GitHub App is not installed for ${scope}: install it there, with ${neededPermission(scope).split(", or")[0]}`,
      { cause: error },
    );
  }
}
