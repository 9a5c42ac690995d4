import { deepEqual, equal, match, rejects, throws } from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { raiseInotify, requireMemory, restoreInotify } from "../../../../lab/hosts/capacity.js";
import { configOf } from "../../../../lab/hosts/stack.js";
import { countFault, namesOf, pis } from "../../../../lab/hosts/topology.js";

describe("a lab of many hosts", () => {
  let dir: string;
  let limit: string;
  let cache: string | undefined;
  const set = (value: number) => writeFile(limit, `${value}\n`);
  const limitNow = async () => Number(await readFile(limit, "utf8"));
  const silent = () => undefined;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "pi-fleet-capacity-"));
    limit = join(dir, "max_user_instances");
    cache = process.env.XDG_CACHE_HOME;
    process.env.XDG_CACHE_HOME = dir;
    await set(128);
  });

  afterEach(async () => {
    if (cache === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = cache;
    await rm(dir, { recursive: true });
  });

  it("raises the limit of inotify instances for the time that it is up, and says so", async () => {
    const said: string[] = [];
    await raiseInotify(31, (line) => said.push(line), limit);
    equal(await limitNow(), 342);
    match(said.join(), /max_user_instances is 342 while this lab is up; it was 128/);
    await restoreInotify(limit);
    equal(await limitNow(), 128);
  });

  it("leaves the limit alone when it is enough", async () => {
    const said: string[] = [];
    await raiseInotify(4, (line) => said.push(line), limit);
    deepEqual(said, []);
    equal(await limitNow(), 128);
    await restoreInotify(limit);
    equal(await limitNow(), 128);
  });

  it("leaves a limit that somebody has set since", async () => {
    await raiseInotify(31, silent, limit);
    await set(8192);
    await restoreInotify(limit);
    equal(await limitNow(), 8192);
  });

  it("restores the first limit after it was raised twice", async () => {
    await raiseInotify(31, silent, limit);
    await raiseInotify(101, silent, limit);
    equal(await limitNow(), 1042);
    await restoreInotify(limit);
    equal(await limitNow(), 128);
  });

  it("says what to set when the limit can't be raised", async () => {
    await rejects(
      // A sysctl that is for reading alone.
      raiseInotify(31, silent, "/proc/sys/kernel/cap_last_cap"),
      /can't raise the limit: .*Run: sysctl fs\.inotify\.max_user_instances=342/,
    );
  });

  it("says how many hosts there is memory for", () => {
    requireMemory(4, 2048);
    throws(
      () => requireMemory(101, 4096),
      /101 hosts need 5064 MiB .* has 4096\. There is memory for 76 hosts/,
    );
  });

  it("has names that sort in their order", () => {
    deepEqual(namesOf(2), ["lab-01", "lab-02"]);
    const hundred = namesOf(100);
    deepEqual([hundred[0], hundred[99]], ["lab-001", "lab-100"]);
    deepEqual([...hundred].sort(), hundred);
  });

  it("has the config of Pulumi.lab.yaml with its own hosts", async () => {
    const labConfig = await readFile("Pulumi.lab.yaml", "utf8");
    const hosts = namesOf(2).map((name) => ({ ...pis[0]!, name }));
    const text = configOf(hosts, labConfig);
    const { config, encryptionsalt } = parse(text) as Record<string, Record<string, unknown>>;
    const before = parse(labConfig) as typeof config & { config: Record<string, unknown> };
    deepEqual(config!["pi-fleet:hosts"], { "lab-01": { board: "virtual" }, "lab-02": { board: "virtual" } });
    deepEqual(config!["pi-fleet:nix"], before.config["pi-fleet:nix"]);
    // A token that was encrypted with another salt could not be read.
    deepEqual(
      [encryptionsalt, config!["pi-fleet:githubToken"]],
      [before["encryptionsalt"], before.config["pi-fleet:githubToken"]],
    );
    match(text, /^# A lab of 2 Pis\./);
  });

  it("refuses what is no number of hosts", () => {
    for (const text of [undefined, "", "1", "240"]) equal(countFault(text), undefined);
    for (const text of ["0", "241", "-1", "3.5", "many"])
      match(countFault(text) ?? "", /PI_FLEET_LAB_HOSTS is/);
  });
});
