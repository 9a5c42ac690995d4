import { equal, match, notEqual, ok } from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { askGitHub, type Wish } from "../../../lab/github/client.js";
import { type Copy } from "../copy.js";
import { convergedFleet } from "./fleet.js";

describe("the fleet's GitHub users", function () {
  this.timeout(240_000);
  let fleet: Copy;

  before(async function () {
    fleet = await convergedFleet(this);
  });

  it("takes a GitHub user's keys by their fingerprints, also while GitHub is away", async () => {
    const kept = await readFile(fleet.stackFile, "utf8");
    const tell = (wish: Wish) => askGitHub(fleet.lab.gitHubSocket(), wish);
    const shown = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";
    await tell({ keys: { user: "octocat", text: `${shown}\n` } });
    await fleet.config(["pi-fleet:keys", "github"], { url: "http://10.77.0.1" });
    const users = (user: object) =>
      fleet.config(["pi-fleet:hosts", "lab-b", "users"], { beau: { keys: [user] } });
    await users({ github: "octocat" });
    const told = await fleet.pulumi("preview");
    notEqual(told.exitCode, 0);
    const line =
      /hosts\.lab-b\.users\.beau\.keys\[0\]\.pin: is missing.*\{ github: octocat, pin: \["(SHA256:\S+)"\] \}/;
    const pin = line.exec(told.out)?.[1];
    ok(pin, told.out);
    await users({ github: "octocat", pin: [pin] });
    equal((await fleet.changed()).join(), "lab-b-activation,lab-b-build");
    await fleet.up();
    equal(await fleet.onHost("lab-b", "cat /etc/ssh/authorized_keys.d/beau"), `${shown} octocat@github`);

    await tell({ faults: { status: 503 } });
    const away = await fleet.pulumi("preview", "--expect-no-changes");
    equal(away.exitCode, 0, away.out);
    match(
      away.out,
      /the keys of octocat could not be read from GitHub: .*503; those of the last run are used/,
    );
    await tell({ faults: {} });
    await writeFile(fleet.stackFile, kept);
    await fleet.up();
    await fleet.nothingToChange();
  });
});
