import type { WireMap } from "./wire.js";

/** Thrown for what a person did wrong or what failed: the engine shows its message and nothing else. */
export class ProviderError extends Error {}

/** What one call may use: lines shown beside the resource, and the signal that ends the call. */
export interface CallContext {
  /** A passing line, shown while the resource is worked on. */
  status(line: string): void;
  /** A line that stays. */
  log(severity: "debug" | "info" | "warning" | "error", line: string): void;
  /** Fires when the run is cancelled or the operation's timeout is over. */
  readonly signal: AbortSignal;
}

export interface CheckFailure {
  readonly property: string;
  readonly reason: string;
}

export interface Checked {
  readonly inputs: WireMap;
  readonly failures: CheckFailure[];
}

/** One resource type. States and inputs are as they travel: secrets marked. */
export interface ResourceType {
  check(inputs: WireMap): Checked;
  /** Property paths whose change replaces the resource. */
  replaces(path: string): boolean;
  create(
    request: { name: string; inputs: WireMap; preview: boolean },
    context: CallContext,
  ): Promise<Created>;
  update?(
    request: { id: string; inputs: WireMap; state: WireMap; preview: boolean },
    context: CallContext,
  ): Promise<{ state: WireMap }>;
  delete?(request: { id: string; state: WireMap }, context: CallContext): Promise<void>;
  /** The state as it is; undefined when the resource is gone. Without it a refresh changes nothing. */
  read?(request: { id: string; state: WireMap }, context: CallContext): Promise<WireMap | undefined>;
}

export interface Created {
  readonly id: string;
  readonly state: WireMap;
}

export interface FunctionType {
  check(args: WireMap): CheckFailure[];
  invoke(args: WireMap, context: CallContext): Promise<WireMap>;
}

export interface ProviderModel {
  readonly name: string;
  readonly version: string;
  /** Faults of the provider's own settings. @default any are taken, and none is kept */
  checkConfig?(settings: WireMap): CheckFailure[];
  /** Takes the settings, in clear. */
  configure?(settings: WireMap): void;
  resource(type: string): ResourceType;
  function(token: string): FunctionType;
}
