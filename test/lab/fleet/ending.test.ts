import { equal, match, notEqual, ok } from "node:assert/strict";
import { type Copy } from "../copy.js";
import { processes } from "../processes.js";
import { convergedFleet, pis, stackSecret } from "./fleet.js";

// `npm test` runs this file last, so that the search for secrets sees what all other files printed and left. Alone it
// searches for the same, but the secret of the stack was never delivered then.
describe("the fleet's end", function () {
  this.timeout(240_000);
  let fleet: Copy;

  before(async function () {
    fleet = await convergedFleet(this);
  });

  it("shows no secret: not in argv, what it prints, the Nix stores or the state in clear", async () => {
    const token = "ghp_labTokenThatNoGitHubKnows0123456789";
    const bundles = JSON.parse(
      (await fleet.pulumi("stack", "output", "firstBoot", "--show-secrets", "--json")).stdout,
    ) as Record<string, { hostPrivateKey: string }>;
    const exported = JSON.parse((await fleet.pulumi("stack", "export", "--show-secrets")).stdout) as {
      deployment: { resources: { urn: string; outputs?: Record<string, unknown> }[] };
    };
    const printed = fleet.printed.replaceAll(/-----BEGIN[\s\S]*?-----END[^-]*-----/g, "");
    const deploy = JSON.stringify(
      exported.deployment.resources.find(({ urn }) => urn.endsWith("fleet-keys-deploy"))?.outputs,
    );
    const bodies = [deploy, ...Object.values(bundles).map(({ hostPrivateKey }) => hostPrivateKey)].map(
      middleOfKey,
    );
    const secrets = [token, stackSecret, ...bodies];
    for (const secret of secrets) ok(secret.length > 20, "a secret was not found to search for");

    // The runner's credential is delivered again, while every argv in this lab is watched; others run beside it.
    await fleet.onHost("lab-a", "rm /var/lib/github-runner/.runner_token");
    const networks = [
      (await fleet.onLaptop("readlink", "/proc/self/ns/net")).stdout.trim(),
      ...(await Promise.all(["nas", ...pis].map((name) => fleet.onHost(name, "readlink /proc/self/ns/net")))),
    ];
    const watch = watchArgv(networks);
    const argv = await fleet.up().then(watch.stop, async (error: unknown) => {
      await watch.stop();
      throw error;
    });
    // What is delivered is a token of an hour, made with the one in config.
    notEqual(await fleet.onHost("lab-a", "cat /var/lib/github-runner/.runner_token"), token);
    equal(await fleet.onHost("lab-a", "stat -c %a /var/lib/github-runner/.runner_token"), "600");
    ok(argv.includes("pi-fleet/step"), "the watch saw no step");

    for (const secret of secrets) {
      ok(!argv.includes(secret), "a secret is in an argv");
      ok(!printed.includes(secret), "a secret was printed");
      const state = await fleet.onLaptop("grep", "-rlF", "-e", secret, fleet.lab.labDir("pulumi/state"));
      equal(state.stdout, "", "a secret is in the state");
      for (const store of [
        fleet.onLaptop("grep", "-rlF", "-e", secret, "/nix/store"),
        ...pis.map((pi) => fleet.host(pi).run(["grep", "-rlF", "-e", secret, "/nix/store"])),
      ]) {
        equal(String((await store).stdout), "", "a secret is in a Nix store");
      }
    }
  });

  it("destroys what it made, in bounded time though a Pi is off, and locks nobody out", async () => {
    const running = await fleet.onHost("lab-a", "readlink /run/current-system");
    await fleet.host("lab-b").powerOff();
    const run = await fleet.pulumi("destroy", "--yes", "--skip-preview");
    equal(run.exitCode, 0, run.out);
    match(run.out, /lab-b: left as it is/);
    equal(await fleet.onHost("lab-a", "readlink /run/current-system"), running);
    equal(await fleet.onHost("lab-a", "ls /var/lib/pi-fleet 2>/dev/null || echo gone"), "gone");
    const person = await fleet.onLaptop("ssh", "-oBatchMode=yes", "lab-a", "sudo -n id -u");
    equal(person.stdout.trim(), "0", person.stderr);
  });
});

/** Collects every argv in these networks, as often as it can, until it is stopped. */
function watchArgv(networks: readonly string[]): { stop: () => Promise<string> } {
  const seen = new Set<string>();
  let watching = true;
  const loop = (async () => {
    while (watching)
      for (const { argv, network } of await processes()) if (networks.includes(network)) seen.add(argv);
  })();
  return {
    stop: async () => {
      watching = false;
      await loop;
      return [...seen].join("\n");
    },
  };
}

/** A part of an OpenSSH private key that is in no other key: from its secret half. */
function middleOfKey(text: string): string {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]*?)-----END/.exec(text)?.[1] ?? "";
  const lines = body.replaceAll("\\n", "\n").split("\n").filter(Boolean);
  return lines.at(-2) ?? "";
}
