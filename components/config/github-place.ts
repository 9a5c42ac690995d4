import { z } from "zod";
import { gitHubUrl } from "./fields.js";

/** Where a GitHub is: for people, and its REST API. */
export interface GitHubPlace {
  readonly url: string;
  readonly api: string;
}

/**
 * `hosts.NAME.runner.github`. A credential goes to `api`, so the default of one is never another GitHub than what the other
 * names.
 */
export const gitHubPlace = z
  .strictObject({
    url: gitHubUrl.optional().describe("Where people see it; https://github.com by default."),
    api: gitHubUrl
      .optional()
      .describe(
        "Its REST API; by default that of `url`: https://HOST/api/v3 of an Enterprise Server, https://api.NAME.ghe.com of NAME.ghe.com.",
      ),
  })
  .transform((given, ctx): GitHubPlace => {
    const url = given.url ?? (given.api === undefined ? "https://github.com" : urlOf(given.api));
    const api = given.api ?? (url === undefined ? undefined : apiOf(url));
    if (url !== undefined && api !== undefined && !isMixedUp({ url, api })) return { url, api };
    const [missing, known] = given.url === undefined ? ["url", "api"] : ["api", "url"];
    const message =
      url !== undefined && api !== undefined
        ? `is the REST API of github.com, and the credential is for ${url}: give that server's, or leave this out`
        : `is needed: which GitHub it is does not follow from ${known}`;
    ctx.addIssue({ code: "custom", path: [missing], message });
    return z.NEVER;
  })
  .prefault({})
  .describe("Which GitHub.");

const publicHosts = ["github.com", "www.github.com"];

/** docs.github.com: "Getting started with the REST API" of each of the three products. */
function apiOf(url: string): string | undefined {
  const { protocol, host, hostname, pathname } = new URL(url);
  if (pathname !== "/") return undefined;
  if (publicHosts.includes(hostname)) return "https://api.github.com";
  return hostname.endsWith(".ghe.com") ? `${protocol}//api.${host}` : `${protocol}//${host}/api/v3`;
}

/** The API that a credential may go to. A state of before `api` followed from `url` may name the one of github.com. */
export function ownApi(place: GitHubPlace): string {
  const { origin } = new URL(place.url);
  return isMixedUp(place) ? (apiOf(origin) ?? place.api) : place.api;
}

/** The reverse of `apiOf`. */
function urlOf(api: string): string | undefined {
  const { protocol, host, hostname, pathname } = new URL(api);
  if (pathname === "/api/v3") return `${protocol}//${host}`;
  const isNamedApi = pathname === "/" && /^api\.(github|[^.]+\.ghe)\.com$/.test(hostname);
  return isNamedApi ? `${protocol}//${host.slice("api.".length)}` : undefined;
}

/** A credential of another GitHub must not reach github.com. */
function isMixedUp({ url, api }: GitHubPlace): boolean {
  return new URL(api).hostname === "api.github.com" && !publicHosts.includes(new URL(url).hostname);
}
