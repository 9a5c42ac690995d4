import type { RunnerConfig } from "../config/runner.js";
import { patient, ask } from "./github-request.js";
import { GitHubError, neededPermission } from "./github-error.js";
import { createPrivateKey, sign } from "node:crypto";

export type Credential = RunnerConfig["credential"];

/** Whether the secret is an App's private key: then even reading needs a token that a POST makes. */
export function isApp(
  credential: Credential,
): credential is Extract<Credential, { appId?: number }> & { appId: number } {
  return "appId" in credential && credential.appId !== undefined;
}

/**
 * What requests are made with: the token itself, or, when the secret is a GitHub App's private key, an hour's token of
 * its installation, which is made now.
 */
export async function requestToken(
  api: string,
  scope: string,
  credential: Credential,
  secret: string,
): Promise<string> {
  if (!isApp(credential)) return secret.trim();
  const jwt = appJwt(credential.appId, secret);
  const where = { api, token: jwt, scope, limits: patient };
  const found = async () =>
    ((await ask(where, "GET", `${scope}/installation`).catch(notInstalled(scope))) as { id: number }).id;
  const installation = credential.installation ?? (await found());
  const answer = await ask(where, "POST", `app/installations/${installation}/access_tokens`);
  return (answer as { token: string }).token;
}

export function notInstalled(scope: string) {
  return (error: unknown): never => {
    if (!(error instanceof GitHubError) || error.status !== 404) throw error;
    throw new GitHubError(
      404,
      `the GitHub App is not installed for ${scope}: install it there, with ${neededPermission(scope).split(", or")[0]}`,
    );
  };
}

/** docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token */
export function appJwt(appId: number, privateKey: string, now = Date.now()): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const seconds = Math.floor(now / 1000);
  // A minute back, for clocks that differ; ten minutes is the most that GitHub takes.
  const text = `${part({ alg: "RS256", typ: "JWT" })}.${part({ iat: seconds - 60, exp: seconds + 540, iss: String(appId) })}`;
  let key;
  try {
    key = createPrivateKey(privateKey.replaceAll("\\n", "\n"));
  } catch {
    throw new GitHubError(
      0,
      "githubToken is not the GitHub App's private key (a PEM, as GitHub hands it out)",
    );
  }
  return `${text}.${sign("RSA-SHA256", Buffer.from(text), key).toString("base64url")}`;
}
