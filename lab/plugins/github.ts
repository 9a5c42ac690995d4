import { type CheckFailure, ProviderError, type ProviderModel, type ResourceType } from "./model.js";
import { checkShape, type Shape, withoutNulls } from "./shape.js";
import { reveal, UNKNOWN, type WireMap } from "./wire.js";

/**
 * Stands in for the github provider 6.15 on a machine that cannot download it: an organisation's runner groups over
 * GitHub's REST API, as terraform-provider-github's resource_github_actions_runner_group.go asks for them.
 */
export const NOT_MODELLED: string[] = [
  "every other resource and every function: refused with a message",
  "settings other than token, owner and baseUrl; the environment's GITHUB_TOKEN and GITHUB_OWNER",
  "a name that is made up when none is given",
  "the words of faults in inputs; an etag, retries, the pauses between requests",
];

const SHAPE: Shape = {
  name: "github.ActionsRunnerGroup",
  fields: {
    allowsPublicRepositories: { kind: "bool" },
    name: { kind: "string", required: true },
    restrictedToWorkflows: { kind: "bool" },
    selectedRepositoryIds: { kind: "[]interface {}" },
    selectedWorkflows: { kind: "[]string" },
    visibility: { kind: "string", required: true },
  },
};
const OUTPUTS = ["default", "etag", "inherited", "runnersUrl", "selectedRepositoriesUrl"];

let settings: { token?: string; owner?: string; baseUrl?: string } = {};

/** github:index/actionsRunnerGroup:ActionsRunnerGroup */
const runnerGroup: ResourceType = {
  check: (inputs) => ({
    inputs: { allowsPublicRepositories: false, restrictedToWorkflows: false, ...withoutNulls(inputs) },
    failures: [...checkShape(SHAPE, inputs), ...checkVisibility(inputs)],
  }),
  replaces: () => false,

  async create({ inputs, preview }) {
    if (preview) return { id: "", state: { ...inputs, ...unknownOutputs() } };
    const { selectedRepositoryIds } = reveal(inputs);
    if (selectedRepositoryIds && inputs["visibility"] !== "selected")
      throw new ProviderError("cannot use selected_repository_ids without visibility being set to selected");
    const made = await ask("POST", groups(), {
      ...wish(inputs),
      selected_repository_ids: selectedRepositoryIds ?? [],
    });
    const id = `${made["id"] as number}`;
    return { id, state: { ...inputs, ...outputs(made), id } };
  },

  async update({ id, inputs, preview, state }) {
    if (preview) return { state: { ...state, ...inputs } };
    const group = await ask("PATCH", `${groups()}/${id}`, wish(inputs));
    const chosen = reveal(inputs)["selectedRepositoryIds"] ?? [];
    await ask("PUT", `${groups()}/${id}/repositories`, { selected_repository_ids: chosen });
    return { state: { ...inputs, ...outputs(group), id } };
  },

  async delete({ id }) {
    await ask("DELETE", `${groups()}/${id}`);
  },

  async read({ id, state }) {
    const group = await ask("GET", `${groups()}/${id}`).catch((error: unknown) => {
      if (error instanceof Refusal && error.status === 404) return undefined;
      throw error;
    });
    if (!group) return undefined;
    const { name, visibility } = group as { name: string; visibility: string };
    return { ...state, name, visibility, ...outputs(group) };
  },
};

export const provider: ProviderModel = {
  name: "github",
  version: "6.15.0",
  checkConfig: (given) =>
    Object.keys(given)
      .filter((key) => !["token", "owner", "baseUrl", "version"].includes(key) && !key.startsWith("__"))
      .map((property) => ({ property, reason: "the stand-in of the github provider does not model it" })),
  configure: (given) => {
    settings = given;
  },
  resource: (type) =>
    type === "github:index/actionsRunnerGroup:ActionsRunnerGroup" ? runnerGroup : notModelled(type),
  function: notModelled,
};

function checkVisibility(inputs: WireMap): CheckFailure[] {
  const { visibility } = reveal(inputs);
  if (visibility === UNKNOWN || ["all", "selected", "private"].includes(visibility as string)) return [];
  return [
    { property: "visibility", reason: `expected visibility to be one of ["all" "selected" "private"]` },
  ];
}

function wish(inputs: WireMap): WireMap {
  const { name, visibility, allowsPublicRepositories, restrictedToWorkflows, selectedWorkflows } =
    reveal(inputs);
  return {
    name: name ?? null,
    visibility: visibility ?? null,
    allows_public_repositories: allowsPublicRepositories ?? false,
    restricted_to_workflows: restrictedToWorkflows ?? false,
    selected_workflows: selectedWorkflows ?? [],
  };
}

function outputs(group: WireMap): WireMap {
  return {
    default: group["default"] ?? false,
    etag: "",
    inherited: group["inherited"] ?? false,
    runnersUrl: group["runners_url"] ?? "",
    selectedRepositoriesUrl: group["selected_repositories_url"] ?? "",
  };
}

function unknownOutputs(): WireMap {
  return Object.fromEntries(OUTPUTS.map((name) => [name, UNKNOWN]));
}

class Refusal extends ProviderError {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

function groups(): string {
  return `orgs/${settings.owner}/actions/runner-groups`;
}

/** A request as the real one's client makes it: below /api/v3 unless it is github.com. */
async function ask(method: string, path: string, body?: WireMap): Promise<WireMap> {
  const { token = "", baseUrl = "https://api.github.com/" } = settings;
  const url = `${baseUrl}${baseUrl === "https://api.github.com/" ? "" : "api/v3/"}${path}`;
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${token}`, "user-agent": "pi-fleet-lab" },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  const answer = (text ? JSON.parse(text) : {}) as WireMap;
  if (response.ok) return answer;
  throw new Refusal(
    response.status,
    `${method} ${url}: ${response.status} ${answer["message"] as string} []`,
  );
}

function notModelled(name: string): never {
  throw new ProviderError(`the stand-in of the github provider does not model ${name}`);
}
