import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { labDir, machines, until } from "../lab/hosts/index.js";
import { host } from "../lab/hosts/host.js";
import { log, onLaptop, requireAnchor, startDetached } from "../lab/hosts/namespaces.js";
import { killNow } from "../lab/hosts/process.js";

/** A way to put time between the laptop and the Pis. */
export interface Delay {
  /** What it is, for a reader of the results. */
  readonly what: string;
  end(): Promise<void>;
}

/**
 * Makes each round trip between the laptop and the Pis take `roundTripMs` more, half of it each way: by netem where the
 * kernel has it, else by a relay in front of each sshd.
 */
export async function delayLinks(pis: readonly string[], roundTripMs: number): Promise<Delay> {
  return (await withNetem(pis, roundTripMs)) ?? (await withRelay(pis, roundTripMs));
}

async function withNetem(pis: readonly string[], roundTripMs: number): Promise<Delay | undefined> {
  const netem = ["root", "netem", "delay", `${roundTripMs / 2}ms`];
  const laptop = await onTheLaptop();
  if (!(await laptop("tc", "qdisc", "add", "dev", `v-${pis[0]}`, ...netem))) return undefined;
  const both = async (pi: string, verb: string, ...more: string[]) => {
    const init = String(await host(pi).pid());
    await laptop("tc", "qdisc", verb, "dev", `v-${pi}`, ...more);
    await execa("nsenter", [`--target=${init}`, "--net", "tc", "qdisc", verb, "dev", "eth0", ...more]);
  };
  for (const pi of pis) await both(pi, "replace", ...netem);
  return {
    what: `tc netem, ${roundTripMs / 2} ms each way`,
    end: async () => {
      for (const pi of pis) await both(pi, "del", "root");
    },
  };
}

/**
 * Gives the Pis' names other addresses on the laptop, where a relay takes connections and passes them on late. What
 * netem would do too and this does not: TCP's own round trips within a connection, after the first.
 */
async function withRelay(pis: readonly string[], roundTripMs: number): Promise<Delay> {
  const laptop = await onTheLaptop();
  const far = pis.map((pi) => {
    const { address } = machines.find(({ name }) => name === pi)!;
    return { pi, address, relay: address.replace(/^10\.77\.0\./, "10.77.1.") };
  });
  for (const { relay } of far) await laptop("ip", "address", "add", `${relay}/32`, "dev", "lo");
  const ready = labDir("run/bench-relay.ready");
  await writeFile(ready, "");
  await startDetached("bench-relay", [
    ...onLaptop(await requireAnchor()),
    process.execPath,
    `--import=${fileURLToPath(import.meta.resolve("tsx"))}`,
    fileURLToPath(new URL("relay.ts", import.meta.url)),
    JSON.stringify({
      ready,
      oneWayMs: roundTripMs / 2,
      routes: far.map(({ relay, address }) => [relay, address]),
    }),
  ]);
  const relayPid = await until(
    async () => Number(await readFile(ready, "utf8")) || undefined,
    60,
    async () => `The relay does not start: ${await log("bench-relay")}`,
  );
  const files = [labDir("hosts.txt"), labDir("ssh_config")];
  const before = await Promise.all(files.map((file) => readFile(file, "utf8")));
  for (const [i, file] of files.entries()) {
    // In place: the laptop's /etc/hosts is a mount of this very file.
    await writeFile(file, replaceAddresses(before[i] ?? "", far));
  }
  return {
    what: `a relay in front of each sshd, ${roundTripMs / 2} ms each way, since this kernel has no netem`,
    end: async () => {
      for (const [i, file] of files.entries()) await writeFile(file, before[i] ?? "");
      killNow(relayPid);
      for (const { relay } of far) await laptop("ip", "address", "del", `${relay}/32`, "dev", "lo");
    },
  };
}

/** Replaces whole addresses. */
export function replaceAddresses(
  text: string,
  routes: readonly { readonly address: string; readonly relay: string }[],
): string {
  return routes.reduce(
    (all, { address, relay }) =>
      all.replaceAll(new RegExp(`\\b${address.replaceAll(".", "\\.")}\\b`, "g"), relay),
    text,
  );
}

async function onTheLaptop(): Promise<(...command: string[]) => Promise<boolean>> {
  const [file = "", ...prefix] = onLaptop(await requireAnchor());
  return async (...command) => (await execa(file, [...prefix, ...command], { reject: false })).exitCode === 0;
}
