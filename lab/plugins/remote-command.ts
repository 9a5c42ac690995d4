import type { ResourceType } from "./model.js";
export const remoteCommand = {} as ResourceType;
