import { deepEqual, equal, rejects } from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { lastGitHubKeys, lastImage, lastOutcome, previousRun } from "../../../components/stack/last-run.js";
import { targetOf } from "../../../components/stack/pi-outputs.js";
import { hostOf } from "../config/refusals.js";

const converged = { pi: "a", status: "converged", convergence: "id", seconds: 1 };

describe("the last run", () => {
  let reads: string[];
  let stacks = 0;

  /** A stack of its own, since what a run reads it keeps. */
  async function stackWith(answer: () => unknown): Promise<void> {
    reads = [];
    await pulumi.runtime.setMocks(
      {
        newResource: ({ inputs }) => ({ id: "1", state: inputs as Record<string, unknown> }),
        call: ({ token, inputs }) => {
          reads.push(`${token} ${(inputs as { name: string }).name}`);
          return answer() as Record<string, unknown>;
        },
      },
      ...(["pi-fleet", `s${stacks++}`, false, "me"] as const),
    );
  }

  const outcome = (output: "pis" | "runners", name: string) =>
    new Promise((resolve) => lastOutcome(output, name).apply(resolve));

  it("is read once, from the stack's own outputs", async () => {
    const githubKeys = { octocat: ["ssh-ed25519 AAAA"] };
    const images = { a: { path: ".fleet/images/s/a.img.zst", bytes: 1, sha256: "00" } };
    const outputs = { pis: { a: converged }, runners: { r: converged }, githubKeys, images };
    await stackWith(() => ({ outputs }));
    deepEqual(await previousRun(), { pis: { a: converged }, runners: { r: converged }, images: ["a"] });
    deepEqual(await new Promise((resolve) => lastImage("a").apply(resolve)), images.a);
    deepEqual(await outcome("runners", "r"), converged);
    equal(await outcome("runners", "a"), undefined);
    deepEqual(await lastGitHubKeys(), githubKeys);
    deepEqual(reads, [`pulumi:pulumi:readStackOutputs me/pi-fleet/s${stacks - 1}`]);
  });

  it("says how a Pi was logged in to, which a run that leaves it out does not change", async () => {
    const last = { name: "a", address: "a.local", user: "pi", port: 22, hostKey: "ssh-ed25519 AAAA" };
    const access = { pis: { a: { target: last }, b: { target: "b.local" } } };
    await stackWith(() => ({ outputs: { pis: { a: converged, b: converged }, access } }));
    const target = (name: string, leftOut: boolean) =>
      new Promise((resolve) =>
        targetOf(name, hostOf({ port: 2222 }), pulumi.output(last.hostKey), leftOut).apply(resolve),
      );
    deepEqual(await target("a", true), last);
    const former = [{ address: "a.local", user: "pi", port: 22 }];
    deepEqual(await target("a", false), { ...last, port: 2222, former });
    for (const unknown of ["b", "c"])
      deepEqual(await target(unknown, false), {
        ...last,
        ...{ name: unknown, address: `${unknown}.local`, port: 2222 },
      });
  });

  it("is none of a new stack", async () => {
    for (const answer of [{ outputs: {} }, {}]) {
      await stackWith(() => answer);
      deepEqual([await previousRun(), await lastGitHubKeys()], [{ pis: {}, runners: {}, images: [] }, {}]);
    }
  });

  it("that left something of another shape has failed there, and there alone", async () => {
    const pis = { a: converged, b: { status: "fine" }, c: null, d: "converged" };
    await stackWith(() => ({ outputs: { pis } }));
    const message = "the last run left no result: it was cancelled or killed";
    const failed = (pi: string) => ({ pi, status: "failed", message, seconds: 0 });
    deepEqual((await previousRun()).pis, { a: converged, b: failed("b"), c: failed("c"), d: failed("d") });
  });

  it("is read again while the engine writes the state", async () => {
    let tries = 0;
    await stackWith(() => {
      if (++tries < 3) throw refusal("failed to load checkpoint: unexpected end of JSON input");
      return { outputs: { pis: { a: converged } } };
    });
    deepEqual((await previousRun()).pis, { a: converged });
    equal(tries, 3);
  });

  it("that can't be read is an error", async () => {
    await stackWith(() => {
      throw refusal("no access");
    });
    await rejects(previousRun(), /no access/);
    equal(reads.length, 1);
  });
});

/** As gRPC has it. */
function refusal(details: string): Error {
  return Object.assign(new Error(details), { details });
}
