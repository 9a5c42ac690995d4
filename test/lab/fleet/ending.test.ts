import { equal, match, ok } from "node:assert/strict";
import { askGitHub } from "../../../lab/github/client.js";
import { type Copy } from "../copy.js";
import { argvDuring, secretsAreNowhere } from "../search.js";
import { convergedFleet, pis, stackSecret } from "./fleet.js";

// `npm test` runs this file last, so that the search for secrets sees what all other files printed and left. Alone it
// searches for the same, but the secret of the stack was never delivered then.
describe("the fleet's end", function () {
  this.timeout(240_000);
  let fleet: Copy;

  before(async function () {
    fleet = await convergedFleet(this);
  });

  it("shows no secret: not in argv, what it prints, files, journals, the Nix stores or the state in clear", async () => {
    const token = "ghp_labTokenThatNoGitHubKnows0123456789";
    const bundles = JSON.parse(
      (await fleet.pulumi("stack", "output", "firstBoot", "--show-secrets", "--json")).stdout,
    ) as Record<string, { hostPrivateKey: string }>;
    const exported = JSON.parse((await fleet.pulumi("stack", "export", "--show-secrets")).stdout) as {
      deployment: { resources: { urn: string; outputs?: Record<string, unknown> }[] };
    };
    const deploy = JSON.stringify(
      exported.deployment.resources.find(({ urn }) => urn.endsWith("fleet-keys-deploy"))?.outputs,
    );
    const bodies = [deploy, ...Object.values(bundles).map(({ hostPrivateKey }) => hostPrivateKey)].map(
      middleOfKey,
    );

    // The runner's credential is delivered again, while every argv in this lab is watched; others run beside it.
    await fleet.onHost("lab-a", "rm /var/lib/github-runner/.runner_token");
    const argv = await argvDuring(fleet, pis, () => fleet.up());
    const { minted } = await askGitHub(fleet.lab.gitHubSocket(), { tellMinted: true });
    // What is delivered is a token of an hour, made with the one in config.
    const delivered = await fleet.onHost("lab-a", "cat /var/lib/github-runner/.runner_token");
    ok(minted.includes(delivered), "GitHub did not make the token that was delivered");
    equal(await fleet.onHost("lab-a", "stat -c %a /var/lib/github-runner/.runner_token"), "600");

    const secrets = [token, stackSecret, ...bodies, ...minted];
    for (const secret of secrets) ok(!argv.includes(secret), "a secret is in an argv");
    await secretsAreNowhere(fleet, pis, secrets);
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

/** A part of an OpenSSH private key that is in no other key: from its secret half. */
function middleOfKey(text: string): string {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]*?)-----END/.exec(text)?.[1] ?? "";
  const lines = body.replaceAll("\\n", "\n").split("\n").filter(Boolean);
  return lines.at(-2) ?? "";
}
