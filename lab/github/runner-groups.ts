import { notFound, refuse, safeJson, type Answer } from "./answer.js";
import type { GitHub, RunnerGroup } from "./github.js";

/**
 * The runner groups of an organisation or enterprise, as docs.github.com/rest/actions/self-hosted-runner-groups has them.
 * Not modelled: networks, workflow restrictions beyond their storage, groups that an enterprise hands down.
 */
export function runnerGroups(
  github: GitHub,
  method: string,
  scope: string,
  rest: string,
  query: URLSearchParams,
  body: string,
): Answer {
  if (scope.startsWith("repos/")) return notFound;
  const wish = safeJson(body) as Wish;
  if (rest === "") {
    if (method === "GET") return list(github, scope, query);
    return method === "POST" ? create(github, scope, wish) : notFound;
  }
  const [, id, part] = /^\/(\d+)(\/repositories)?$/.exec(rest) ?? [];
  const group = github.groupsOf(scope).find((one) => one.id === Number(id));
  if (!group) return notFound;
  if (part) return repositories(github, method, group, wish);
  if (method === "GET") return { status: 200, body: shown(scope, group) };
  if (method === "PATCH") return update(github, scope, group, wish);
  if (method !== "DELETE") return notFound;
  if (group.default) return refuse(422, "The default runner group can't be deleted.");
  github.groups.delete(group.id);
  return { status: 204 };
}

interface Wish {
  name?: string;
  visibility?: string;
  selected_repository_ids?: number[];
  allows_public_repositories?: boolean;
  restricted_to_workflows?: boolean;
  selected_workflows?: string[];
}

function list(github: GitHub, scope: string, query: URLSearchParams): Answer {
  const size = Math.min(100, Number(query.get("per_page") ?? 30));
  const page = Number(query.get("page") ?? 1);
  const all = github.groupsOf(scope);
  const groups = all.slice((page - 1) * size, page * size).map((group) => shown(scope, group));
  return { status: 200, body: { total_count: all.length, runner_groups: groups } };
}

function create(github: GitHub, scope: string, wish: Wish): Answer {
  if (typeof wish.name !== "string" || wish.name === "")
    return refuse(422, 'Invalid request.\n\n"name" wasn\'t supplied.');
  const fault = faultOf(github, scope, wish);
  if (fault) return fault;
  const group: RunnerGroup = {
    id: github.id(),
    scope,
    name: wish.name,
    default: false,
    visibility: wish.visibility ?? "all",
    repositories: wish.selected_repository_ids ?? [],
    publicRepositories: wish.allows_public_repositories ?? false,
    restrictedToWorkflows: wish.restricted_to_workflows ?? false,
    workflows: wish.selected_workflows ?? [],
  };
  github.groups.set(group.id, group);
  return { status: 201, body: shown(scope, group) };
}

function update(github: GitHub, scope: string, group: RunnerGroup, wish: Wish): Answer {
  const fault = faultOf(github, scope, wish, group);
  if (fault) return fault;
  group.name = wish.name ?? group.name;
  group.visibility = wish.visibility ?? group.visibility;
  group.publicRepositories = wish.allows_public_repositories ?? group.publicRepositories;
  group.restrictedToWorkflows = wish.restricted_to_workflows ?? group.restrictedToWorkflows;
  group.workflows = wish.selected_workflows ?? group.workflows;
  return { status: 200, body: shown(scope, group) };
}

function repositories(github: GitHub, method: string, group: RunnerGroup, wish: Wish): Answer {
  if (method === "GET") {
    const list = group.repositories.map((id) => ({ id }));
    return { status: 200, body: { total_count: list.length, repositories: list } };
  }
  if (method !== "PUT") return notFound;
  if (!Array.isArray(wish.selected_repository_ids))
    return refuse(422, "selected_repository_ids is required.");
  if (wish.selected_repository_ids.some((id) => !github.hasRepository(id))) return notFound;
  group.repositories = wish.selected_repository_ids;
  return { status: 204 };
}

function faultOf(github: GitHub, scope: string, wish: Wish, own?: RunnerGroup): Answer | undefined {
  const { name, visibility = "all", selected_repository_ids: ids = [] } = wish;
  if (github.groupsOf(scope).some((other) => other !== own && other.name === name))
    return refuse(409, "Runner group with this name already exists.");
  if (!["all", "selected", "private"].includes(visibility))
    return refuse(
      422,
      `Invalid request.\n\n${visibility} is not a member of ["selected", "all", "private"].`,
    );
  if (ids.some((id) => !github.hasRepository(id))) return notFound;
  return undefined;
}

function shown(scope: string, group: RunnerGroup) {
  const url = `/api/v3/${scope}/actions/runner-groups/${group.id}`;
  return {
    id: group.id,
    name: group.name,
    visibility: group.visibility,
    default: group.default,
    inherited: false,
    runners_url: `${url}/runners`,
    ...(group.visibility === "selected" ? { selected_repositories_url: `${url}/repositories` } : {}),
    allows_public_repositories: group.publicRepositories,
    restricted_to_workflows: group.restrictedToWorkflows,
    selected_workflows: group.workflows,
  };
}
