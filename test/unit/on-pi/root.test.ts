import { deepEqual, equal, match, ok } from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { signActivation } from "../../../components/on-pi/sign-activation.js";

const onPi = resolve(import.meta.dirname, "../../../components/on-pi");
const { secret, public: key } = nixKeyPair();
/** Where the Pi's file system begins. */
const dir = join(tmpdir(), `pi-fleet-root-${process.pid}`);
const system = `${dir}/nix/store/${"0".repeat(32)}-nixos-system-a-25.11`;

// What nobody but root.sh keeps the deploy user from. The sudo rule is the lab's.
describe("the one thing that a deploy user may do as root", () => {
  /** What `nix path-info --sigs` says of the system, and the exit code of `nix store verify`. */
  let nix: { sigs: string; verify: number };

  beforeEach(async () => {
    await mkdir(join(dir, "programs"), { recursive: true });
    nix = { sigs: "pi-fleet-1:sig", verify: 0 };
    for (const script of ["activate", "runner", "secrets"])
      await writeFile(join(dir, `${script}.sh`), `printf '%s;' ${script} "$@"\ncat\n`);
  });

  afterEach(() => rm(dir, { recursive: true }));

  async function root(args: string[], input = "") {
    const says = `case "$*" in *verify*--sigs-needed\\ 1*'${key}'*) exit ${nix.verify} ;; *path-info*) printf '%s\\t%s\\n' '${system}' '${nix.sigs}' ;; esac`;
    await writeFile(join(dir, "programs/nix"), `#!/bin/sh\n${says}\n`, { mode: 0o755 });
    const { exitCode, stdout, stderr } = await execa("sh", [join(onPi, "root.sh"), ...args], {
      input,
      reject: false,
      extendEnv: false,
      env: {
        PATH: `${dir}/programs:/usr/bin:/bin`,
        FS: dir,
        SCRIPTS: dir,
        DEPLOY_USER: "pi",
        HOST_NAME: "a",
        SIGNING_KEY: key,
      },
    });
    return { exitCode, stdout, stderr };
  }

  const order = (change: Record<string, string> = {}) =>
    Object.entries({
      ...{
        toplevel: system,
        id: "x for y",
        name: "a",
        holder: "me@here",
        goal: "switch",
        limit: "90",
        confirm: "30",
      },
      ...{ units: "sshd.service nginx.service", check: "ping -c1 192.168.1.1" },
      ...change,
    })
      .map(([name, value]) => `${name}=${value}\n`)
      .join("");

  const allowed: string[][] = [
    ["activate", "hold", system],
    ["activate", "follow", "120"],
    ["activate", "confirm", "/nix/store/x for (y), seen 2026-01-01"],
    ["activate", "arrived", "x for y"],
    ["activate", "forget", "a"],
    ["secrets", "stage"],
    ["runner", "state", "pi-4.a_b"],
    ["runner", "deliver", "b", "/var/lib/github-runner/.runner_token-b", "0a1b", "repos/o/r"],
    ["runner", "note", "b", "/var/lib/github-runner/.runner_token", "0a1b", "orgs/o", "7", "x, seen y"],
    ["runner", "remove", "b", "/var/lib/github-runner/.runner_token", ""],
  ];
  for (const args of allowed)
    it(`is ${args.slice(0, 2).join(" ")}, with its input`, async () => {
      deepEqual(await root(args, "input"), { exitCode: 0, stdout: `${args.join(";")};input`, stderr: "" });
    });

  const token = "/var/lib/github-runner/.runner_token";
  const refused: Record<string, string[]> = {
    nothing: [],
    "another program": ["../../bin/sh", "-c", "id"],
    "a script by its path": ["../on-pi/activate", "start"],
    "the word that nobody confirmed": ["activate", "left-behind", "x"],
    "what the unit of an activation runs": ["activate", "run"],
    "the return of an activation": ["activate", "rescue", "x"],
    healing: ["activate", "heal"],
    "secrets without an activation": ["secrets", "commit", "x"],
    "the generations' script": ["generations", "x"],
    "a path that is in no store": ["activate", "hold", "/etc"],
    "a path below a store path": ["activate", "hold", `${system}/../x`],
    "two lines": ["activate", "confirm", "a\nb"],
    "an argument too many": ["activate", "forget", "a", "b"],
    "an argument too few": ["activate", "hold"],
    "a long argument": ["activate", "confirm", "x".repeat(2000)],
    "a wait that is no number": ["activate", "follow", "1;id"],
    "a token in another place": ["runner", "deliver", "b", "/etc/sudoers.d/b", "0a", "repos/o/r"],
    "a token above its place": ["runner", "deliver", "b", `${token}-/../../x`, "0a", "repos/o/r"],
    "a note in another place": ["runner", "note", "b", token, "../../../etc/x", "repos/o/r", "1", "x"],
    "a note of two lines": ["runner", "note", "b", token, "0a", "repos/o/r\ntoken=/etc/x", "1", "x"],
    "a runner that is the folder above": ["runner", "remove", "..", token, "1"],
    "a runner that is a path": ["runner", "stop", "../x"],
  };
  for (const [what, args] of Object.entries(refused))
    it(`is not ${what}`, async () => {
      const { exitCode, stdout, stderr } = await root(args);
      deepEqual({ exitCode, stdout }, { exitCode: 77, stdout: "" });
      match(stderr, /^refused by a: /);
    });

  const orders: Record<string, string> = {
    "where to return to": `${order()}old=/x\n`,
    "two systems": `${order()}toplevel=${system}x\n`,
    "who runs the health check": `${order()}restricted=\n`,
    "no limit": order({ limit: "" }),
    "a unit that is an option": order({ units: "--host=x.service y" }),
    "another goal": order({ goal: "dry" }),
    "a path below the system": order({ toplevel: `${system}/../x` }),
  };
  for (const [what, input] of Object.entries(orders))
    it(`takes no order with ${what}`, async () => {
      const { exitCode, stdout, stderr } = await root(["activate", "start"], input);
      deepEqual({ exitCode, stdout }, { exitCode: 77, stdout: "" });
      match(stderr, /^refused by a: activate start: /);
    });

  it("is a reboot that leads back to no more rights", async () => {
    const asked = "id=x\nholder=me\nlimit=90\nunits=sshd.service\ncheck=true";
    const { stdout } = await root(["activate", "reboot"], asked);
    equal(stdout, `activate;reboot;${asked}\nrestricted=pi`);
    equal((await root(["activate", "reboot"], `${asked}\nold=/x`)).exitCode, 77);
  });

  const systems: Record<string, { sigs: string; verify: number }> = {
    "is not signed": { sigs: "ultimate", verify: 2 },
    "another key signed": { sigs: "other-1:sig", verify: 0 },
    "has a wrong signature": { sigs: "pi-fleet-1:sig", verify: 2 },
    "anybody may add to the store, which Nix takes for signed": {
      sigs: "ca:fixed:r:sha256:x pi-fleet-1:sig",
      verify: 0,
    },
  };
  for (const [what, seen] of Object.entries(systems))
    it(`activates no system that ${what}`, async () => {
      nix = seen;
      for (const [args, input] of [
        [["activate", "start"], order()],
        [["activate", "record", system, "x", "a"], ""],
        [["activate", "dry", system, "me"], ""],
        [["activate", "busy", system], ""],
      ] as const) {
        const { exitCode, stdout, stderr } = await root([...args], input);
        deepEqual({ exitCode, stdout }, { exitCode: 77, stdout: "" });
        match(stderr, /neither signed by this fleet's key \(pi-fleet-1\) nor a generation/);
      }
    });

  it("activates no signed system of another host", async () => {
    const { exitCode, stderr } = await root(["activate", "start"], order());
    equal(exitCode, 77);
    match(stderr, /was not made for a, and a host keeps its name/);
  });

  /** Puts the system there. `user` is the deploy user whom it restricts. */
  async function makeSystem({ user, generation }: { user?: string; generation?: boolean }): Promise<void> {
    const program = { mode: 0o755 };
    for (const folder of ["bin", "sw/bin", "etc/pi-fleet"])
      await mkdir(join(system, folder), { recursive: true });
    await writeFile(join(system, "bin/switch-to-configuration"), "", program);
    await writeFile(join(system, "etc/pi-fleet/host"), "a\n");
    const entry = `#!/bin/sh\nexec env -i 'DEPLOY_USER=${user}' 'HOST_NAME=a' sh root.sh "$@"\n`;
    if (user) await writeFile(join(system, "sw/bin/pi-fleet-root"), entry, program);
    const profiles = join(dir, "nix/var/nix/profiles");
    await mkdir(profiles, { recursive: true });
    if (generation) await symlink(system, join(profiles, "system-1-link"));
  }

  const challenge = async () => (await root(["activate", "challenge"])).stdout;
  const start = (signature: string) => root(["activate", "start"], order({ signature }));
  const refusedStart = async (signature: string, words: RegExp) => {
    const { exitCode, stdout, stderr } = await start(signature);
    deepEqual({ exitCode, stdout }, { exitCode: 77, stdout: "" });
    match(stderr, words);
  };
  const unsigned = /did not sign this activation/;

  it("activates what the signing key signs for this moment, once", async () => {
    await makeSystem({});
    const given = await challenge();
    equal(await challenge(), given);
    const signature = signActivation(secret, { name: "a", toplevel: system, challenge: given });
    const { exitCode, stdout, stderr } = await start(signature);
    equal(exitCode, 0, stderr);
    const told = stdout.replace("activate;start;", "").split("\n");
    deepEqual(told.sort(), `${order()}restricted=pi`.split("\n").sort());
    ok((await challenge()) !== given);
    await refusedStart(signature, unsigned);
  });

  it("activates no system by an old signature alone", async () => {
    await makeSystem({});
    for (const args of [
      ["activate", "dry", system, "me"],
      ["activate", "record", system, "x", "a"],
    ])
      equal((await root(args)).exitCode, 0);
    await refusedStart("", unsigned);
    const given = await challenge();
    const right = { name: "a", toplevel: system, challenge: given };
    const wrong: Record<string, string> = {
      none: "",
      "one of another key": signActivation(nixKeyPair().secret, right),
      "one for another system": signActivation(secret, { ...right, toplevel: `${system}x` }),
      "one for another host": signActivation(secret, { ...right, name: "b" }),
      "one for another moment": signActivation(secret, { ...right, challenge: "" }),
    };
    for (const signature of Object.values(wrong)) await refusedStart(signature, unsigned);
    // What was refused uses nothing up.
    equal((await start(signActivation(secret, right))).exitCode, 0);
  });

  const generations: Record<string, { made: Parameters<typeof makeSystem>[0]; exitCode: number }> = {
    "restricts this deploy user": { made: { user: "pi", generation: true }, exitCode: 0 },
    "is restricted, but no generation": { made: { user: "pi" }, exitCode: 77 },
    "is a generation that restricts nobody": { made: { generation: true }, exitCode: 77 },
    "is a generation that restricts another": { made: { user: "pia", generation: true }, exitCode: 77 },
  };
  for (const [what, { made, exitCode }] of Object.entries(generations))
    it(`${exitCode === 0 ? "activates" : "does not activate"} an unsigned system that ${what}`, async () => {
      nix = { sigs: "ultimate", verify: 2 };
      await makeSystem(made);
      const signature = signActivation(secret, { name: "a", toplevel: system, challenge: await challenge() });
      equal((await start(signature)).exitCode, exitCode);
    });

  it("is decided for each verb of the scripts", async () => {
    const inner = ["run", "rescue", "heal", "await", "left-behind"]
      .map((verb) => `activate ${verb}`)
      .concat(["pending", "apply", "settle", "commit", "undo"].map((verb) => `secrets ${verb}`));
    const guard = await readFile(join(onPi, "root.sh"), "utf8");
    for (const script of ["activate", "runner", "secrets"]) {
      const text = await readFile(join(onPi, `${script}.sh`), "utf8");
      const verbs = [...text.matchAll(/^([a-z-]+)\)(?= |$)/gm)].map(([, verb]) => `${script} ${verb}`);
      equal(verbs.length > 3, true, script);
      deepEqual(
        verbs.filter((verb) => !inner.includes(verb) && !guard.includes(`"${verb}"`)),
        [],
      );
    }
  });
});

/** A signing key as nix/modules and the state have it. */
function nixKeyPair() {
  const { d = "", x = "" } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  const bytes = (...texts: string[]) => Buffer.concat(texts.map((text) => Buffer.from(text, "base64url")));
  return {
    secret: `pi-fleet-1:${bytes(d, x).toString("base64")}`,
    public: `pi-fleet-1:${bytes(x).toString("base64")}`,
  };
}
