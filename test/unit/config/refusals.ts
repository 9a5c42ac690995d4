import assert from "node:assert/strict";
import type { HostConfig } from "../../../components/config/host.js";
import { UserError } from "../../../components/shared/user-error.js";
import { parseFleetConfig } from "../../../components/stack/parse-config.js";

type Options = Record<string, unknown>;

export const key =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ me@laptop";

/** The smallest config that is right. */
export const good = { hosts: { a: { board: "pi4" } }, keys: { holders: [key] } };

/** Lists in lists, so many levels deep. */
export function nested(levels: number): Json {
  let value: Json = [];
  for (let level = 1; level < levels; level++) value = [value];
  return value;
}

type Json = Json[];

/** The engine's form of a config: maps as JSON, each key with its namespace. */
export function flat(config: Options): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => [
      `pi-fleet:${name}`,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}

/** The faults of a config, one line each; none when it is right. */
export function faultsOf(config: Options, encrypted: string[] = []): string[] {
  return refusal(() => parseFleetConfig(flat(config), encrypted))
    .split("\n")
    .slice(1)
    .map((line) => line.trim());
}

/** The host `a` with these options, as a Pi 4 unless they say otherwise. */
export function hostOf(options: Options): HostConfig {
  return parseFleetConfig(flat({ ...good, hosts: { a: { board: "pi4", ...options } } })).fleet.hosts["a"]!;
}

/** The whole message about a host with these options; the empty string when they are right. */
export function hostRefusal(options: Options): string {
  return refusal(() => hostOf(options));
}

/** One test for each config: it has this fault and no other. */
export function itRefuses(cases: Record<string, [config: Options, fault: RegExp]>): void {
  for (const [what, [config, expected]] of Object.entries(cases)) {
    it(`refuses ${what}`, () => {
      const faults = faultsOf(config);
      assert.equal(faults.length, 1, faults.join("\n"));
      assert.match(faults[0] ?? "", expected);
    });
  }
}

/** One test for each host's options: the message is about the host and is this one. */
export function itRefusesHost(cases: Record<string, [options: Options, message: RegExp]>): void {
  for (const [what, [options, expected]] of Object.entries(cases)) {
    it(`refuses ${what}`, () => {
      const message = hostRefusal(options);
      assert.match(message, /hosts\.a\./);
      assert.match(message, expected);
    });
  }
}

function refusal(parse: () => unknown): string {
  try {
    parse();
  } catch (error) {
    assert(error instanceof UserError, String(error));
    return error.message;
  }
  return "";
}
