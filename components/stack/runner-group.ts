import { createRequire } from "node:module";
import type * as GitHubSdk from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import { repositoryId } from "../runners/repository-id.js";
import { GitHubError } from "../runners/github-error.js";
import type { WantedGroup } from "../config/wanted-group.js";

/**
 * Makes a runner group as a resource of the github provider. The provider is loaded only when a group is asked for,
 * because its plugin talks to GitHub in every preview.
 */
export function makeRunnerGroup(
  wanted: WantedGroup,
  token: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource {
  const { organization, api, name, repositories, publicRepositories } = wanted;
  const github = createRequire(import.meta.url)("@pulumi/github") as typeof GitHubSdk;
  const key = `${organization}-${name}`;
  // For an Enterprise Server the provider wants the address without /api/v3.
  const baseUrl = `${api.replace(/\/api\/v3$/, "")}/`;
  const trimmed = pulumi.secret(token).apply((text) => text.trim());
  const provider = new github.Provider(
    `${key}-github`,
    { owner: organization, token: trimmed, baseUrl },
    opts.parent ? { parent: opts.parent } : {},
  );
  const selected = repositories && {
    selectedRepositoryIds: pulumi.unsecret(
      trimmed.apply((secret) => idsOf(api, secret, organization, repositories)),
    ),
  };
  return new github.ActionsRunnerGroup(
    `${key}-group`,
    {
      name,
      visibility: selected ? "selected" : "all",
      allowsPublicRepositories: publicRepositories,
      ...selected,
    },
    { ...opts, provider },
  );
}

async function idsOf(
  api: string,
  token: string,
  organization: string,
  repositories: readonly string[],
): Promise<number[]> {
  try {
    return await Promise.all(repositories.map((name) => repositoryId(api, token, `${organization}/${name}`)));
  } catch (error) {
    // The engine shows a RunError's message alone.
    throw error instanceof GitHubError ? new pulumi.RunError(error.message) : error;
  }
}
