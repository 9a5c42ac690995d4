import { randomBytes } from "node:crypto";
import { containsUnknown, equal, reveal, UNKNOWN, type Wire, type WireMap } from "./wire.js";

/** Outputs that a Command has beside its inputs. */
const OUTPUTS = ["stdout", "stderr", "assets", "archive"];

/** The framework's ids: the resource's name and eight random hex digits. */
export function newId(name: string): string {
  return name + randomBytes(4).toString("hex");
}

/** What a preview of a creation knows: the inputs. */
export function previewOfCreate(inputs: WireMap): WireMap {
  return { ...inputs, stdout: UNKNOWN, stderr: UNKNOWN };
}

/** What a preview of an update knows: an output is unknown when an input that it had before changes. */
export function previewOfUpdate(inputs: WireMap, state: WireMap, inputNames: readonly string[]): WireMap {
  const changed = inputNames.some(
    (name) => containsUnknown(inputs[name]) || (name in state && !equal(inputs[name], state[name])),
  );
  const outputs = outputsOf(state);
  if (!changed) return { ...inputs, ...outputs };
  return { ...inputs, ...Object.fromEntries(Object.keys(outputs).map((name) => [name, UNKNOWN])) };
}

/** The outputs of the last run, which stay when nothing new is run. */
export function outputsOf(state: WireMap): WireMap {
  const present = OUTPUTS.filter((name) => name in state);
  return Object.fromEntries(present.map((name) => [name, state[name] as Wire]));
}

export function previousOutput(state: WireMap): { stdout?: string; stderr?: string } {
  const { stdout, stderr } = reveal(state) as { stdout?: string; stderr?: string };
  return { stdout, stderr };
}
