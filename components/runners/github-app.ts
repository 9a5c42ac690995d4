import { createPrivateKey, type KeyObject, sign } from "node:crypto";
import { GitHubError } from "./github-error.js";

/**
 * Proves to GitHub, for nine minutes, that the caller is a GitHub App.
 * docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token
 * @param privateKey a PEM; its line breaks may be written as `\n`
 * @throws GitHubError when it is no private key
 */
export function appJwt(appId: number, privateKey: string, now = Date.now()): string {
  const segment = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const seconds = Math.floor(now / 1000);
  // Issued a minute ago, since clocks differ. GitHub accepts ten minutes at most.
  const text = `${segment({ alg: "RS256", typ: "JWT" })}.${segment({ iat: seconds - 60, exp: seconds + 540, iss: String(appId) })}`;
  return `${text}.${sign("RSA-SHA256", Buffer.from(text), readKey(privateKey)).toString("base64url")}`;
}

function readKey(privateKey: string): KeyObject {
  try {
    return createPrivateKey(privateKey.replaceAll("\\n", "\n"));
  } catch (cause) {
    throw new GitHubError(
      0,
      "githubToken is not the GitHub App's private key (a PEM, as GitHub hands it out)",
      { cause },
    );
  }
}
