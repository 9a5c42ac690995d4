import { deepEqual, doesNotMatch, equal, match, throws } from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { adoptByHand, judge, targetOf } from "../../../components/by-hand/adopt.js";
import { serveAgent } from "../../../components/ssh/key-agent.js";
import { fingerprint, keyIdentity } from "../../../components/ssh/public-key.js";
import { SshServer, type SshServerOptions } from "../../conformance/ssh-server.js";
import { Recorder } from "../recorder.js";
import { timeouts } from "../steps/command.js";
import { saidBy } from "./said-by.js";
import { newSshKeys } from "../../ssh-keys.js";

describe("a Pi that is adopted", function () {
  this.timeout(30_000);
  let dir: string;
  let recorder: Recorder;
  let server: SshServer;
  let outputs: Record<string, unknown>;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "pi-fleet-adopt-"));
    recorder = new Recorder(["pulumi"]);
    outputs = {};
    await writeFile(join(dir, "Pulumi.yaml"), "name: pi-fleet\n");
  });
  afterEach(async () => {
    await server.stop();
    recorder.remove();
    await rm(dir, { recursive: true });
  });

  const start = async (options: SshServerOptions = {}) => (server = await SshServer.start(options));
  const hosts = (extra = "") =>
    `config:\n  pi-fleet:hosts:\n    # The bench.\n    bench:\n      board: pi4\n      address: 127.0.0.1\n      user: root\n      port: ${server.port} # forwarded\n${extra}`;
  const config = (text = hosts()) => writeFile(join(dir, "Pulumi.test.yaml"), text);
  const written = () => readFile(join(dir, "Pulumi.test.yaml"), "utf8");

  function adopt(...words: string[]) {
    recorder.answer("pulumi", { when: "--show-name", stdout: "organization/pi-fleet/test\n" });
    recorder.answer("pulumi", { when: "stack output", stdout: JSON.stringify(outputs) });
    return saidBy(dir, () => adoptByHand(words));
  }

  function stackHas(targets: Record<string, string>) {
    const pis = Object.entries(targets).map(([name, hostKey]) => [
      name,
      {
        ...{ target: { name, address: "127.0.0.1", hostKey }, timeouts, goal: "switch" },
        ...{ health: { units: [] }, reboot: { when: "never", limit: 20, board: "pi4" }, idle: 600 },
      },
    ]);
    outputs = { access: { deployKey: server.clientKey.private, pis: Object.fromEntries(pis) } };
  }

  it("shows its key as ssh-keygen does, gets it pinned, and is tried with it", async () => {
    await start();
    await config();
    stackHas({});
    const { exitCode, stdout, stderr } = await adopt("bench", "--yes");
    equal(exitCode, 0, stderr);
    const { stdout: keygen } = await execa("ssh-keygen", ["-l", "-f", "-"], { input: `${server.hostKey}\n` });
    const [bits, print] = keygen.split(" ");
    match(stderr, /^bench \(127\.0\.0\.1 port \d+\) shows this host key:\n/);
    equal(stderr.split("\n")[1], `  ${bits} ${print} (ED25519)`);
    match(stderr, /ssh-keygen -lf \/etc\/ssh\/ssh_host_ed25519_key\.pub/);
    const added = `      hostKey: ${keyIdentity(server.hostKey)}\n`;
    equal(await written(), hosts(added));
    deepEqual(stdout.split("\n"), [
      `Pulumi.test.yaml: hosts.bench.hostKey is ${keyIdentity(server.hostKey)}`,
      "bench is ready for pulumi preview and pulumi up.",
    ]);
  });

  it("is pinned in the file that has the hosts", async () => {
    await start();
    await config("config: { pi-fleet:hostsFile: fleet/hosts.json }\n");
    await execa("mkdir", [join(dir, "fleet")]);
    const host = `"board": "pi4", "address": "127.0.0.1", "port": ${server.port}`;
    await writeFile(join(dir, "fleet/hosts.json"), `{"bench": {${host}}}\n`);
    const { exitCode, stdout, stderr } = await adopt("bench", "--yes");
    equal(exitCode, 0, stderr);
    equal(
      await readFile(join(dir, "fleet/hosts.json"), "utf8"),
      `{"bench": {${host}, "hostKey": "${keyIdentity(server.hostKey)}"}}\n`,
    );
    // Nobody's key is there to log in with: the pin is right all the same.
    match(stdout, /^fleet\/hosts\.json: .*\nBefore pulumi up: bench \(127\.0\.0\.1\) does not let pi in/);
  });

  it("is offered no key of ours before its own is known", async () => {
    await start();
    await config();
    const agent = await serveAgent(join(dir, "agent"), newSshKeys("ed25519").private);
    const before = process.env["SSH_AUTH_SOCK"];
    process.env["SSH_AUTH_SOCK"] = join(dir, "agent");
    try {
      await adopt("bench");
    } finally {
      if (before === undefined) delete process.env["SSH_AUTH_SOCK"];
      else process.env["SSH_AUTH_SOCK"] = before;
      agent.close();
    }
    deepEqual(server.methods, ["none"]);
  });

  it("is not pinned before a person has compared the key", async () => {
    await start();
    await config();
    const { exitCode, stderr } = await adopt("bench");
    equal(exitCode, 1);
    match(stderr, /SHA256:.*\n[^]*Nothing was written: nobody is there to compare it\. To agree: --yes\.$/);
    equal(await written(), hosts());
  });

  it("is pinned in the file as it is then, which may have been edited while a person compared the key", async () => {
    await start();
    await config();
    stackHas({});
    recorder.answer("pulumi", { when: "--show-name", stdout: "test\n" });
    recorder.answer("pulumi", { when: "stack output", stdout: "{}" });
    const added = "    # Somebody adds a Pi.\n    other:\n      board: pi5\n";
    await saidBy(dir, () => {
      const write = process.stderr.write.bind(process.stderr);
      process.stderr.write = (text: string | Uint8Array) => {
        if (String(text).includes("Compare it")) appendFileSync(join(dir, "Pulumi.test.yaml"), added);
        return write(text);
      };
      return adoptByHand(["bench", "--yes"]);
    });
    equal(await written(), hosts(`      hostKey: ${keyIdentity(server.hostKey)}\n${added}`));
  });

  it("that has no ed25519 key is known by the best that it has", async () => {
    const [rsa, ecdsa] = [newSshKeys("rsa"), newSshKeys("ecdsa")];
    await start({ hostKeys: [rsa.private, ecdsa.private] });
    await config();
    const { exitCode, stderr } = await adopt("bench", "--yes");
    equal(exitCode, 0, stderr);
    match(stderr, /\n {2}256 SHA256:\S+ \(ECDSA\)\n[^]*ssh_host_ecdsa_key\.pub/);
    match(await written(), new RegExp(`hostKey: ${keyIdentity(ecdsa.public).replaceAll("+", "\\+")}\n`));

    // What config pins is asked for first.
    await config(hosts(`      hostKey: ${keyIdentity(rsa.public)}\n`));
    const again = await adopt("bench", "--yes");
    equal(again.exitCode, 0, again.stderr);
    match(
      again.stdout,
      /^bench shows the key that Pulumi\.test\.yaml has for it, SHA256:\S+: nothing was written\./,
    );
  });

  it("with another key than config pins is refused, and pinned anew when that is asked for", async () => {
    await start();
    const old = newSshKeys("rsa").public.trim();
    const text = hosts(`      hostKey: ${keyIdentity(old)} # of the old card\n`);
    await config(text);
    const refused = await adopt("bench", "--yes");
    equal(refused.exitCode, 1);
    match(
      refused.stderr,
      /^hosts\.bench\.hostKey pins another key\. Config: SHA256:\S+; bench shows: SHA256:/,
    );
    match(refused.stderr, /pi-fleet adopt bench --replace/);
    equal(await written(), text);
    const replaced = await adopt("bench", "--yes", "--replace");
    equal(replaced.exitCode, 0, replaced.stderr);
    equal(await written(), hosts(`      hostKey: ${keyIdentity(server.hostKey)} # of the old card\n`));
  });

  it("that shows the key which the stack made for its card needs no adoption", async () => {
    await start();
    await config();
    stackHas({ bench: server.hostKey });
    const { exitCode, stdout } = await adopt("bench", "--yes");
    equal(exitCode, 0);
    match(stdout, /^bench shows the key that this stack made for it, SHA256:\S+\. It needs no hostKey/);
    equal(await written(), hosts());
  });

  it("is not pinned when nobody answers", async () => {
    await start();
    await config();
    await server.stop();
    const { exitCode, stderr } = await adopt("bench", "--yes");
    equal(exitCode, 1);
    match(stderr, /^bench \(127\.0\.0\.1\) can't be reached: .*Connection refused$/);
    equal(await written(), hosts());
  });

  it("is named in config first", async () => {
    await start();
    await config();
    const { exitCode, stderr } = await adopt("bensh", "--yes");
    equal(exitCode, 1);
    match(stderr, /^Pulumi\.test\.yaml has no host "bensh" — did you mean "bench"\? There are: bench\./);
    equal(server.connections, 0);
    doesNotMatch(stderr, /undefined/);
  });
});

describe("what is made of a key that a Pi shows", () => {
  const [ours, theirs] = [newSshKeys("ed25519").public.trim(), newSshKeys("ed25519").public.trim()];
  const bench = { name: "bench", address: "10.0.0.1" };

  it("is a refusal when it is that of another host of the fleet", () => {
    for (const replace of [false, true])
      throws(() => judge(bench, ours, new Map([["lab", `${ours} a comment`]]), replace), {
        name: "UserError",
        message: new RegExp(
          `shows the host key of lab, ${fingerprint(ours).replaceAll("+", "\\+")}\\. Either hosts\\.bench\\.address`,
        ),
      });
  });

  it("tells what it takes the place of", () => {
    deepEqual(judge(bench, ours, new Map(), false), { kind: "pin" });
    deepEqual(judge(bench, ours, new Map([["bench", theirs]]), false), {
      kind: "pin",
      instead: `this stack made ${fingerprint(theirs)} for its card`,
    });
    deepEqual(judge({ ...bench, hostKey: theirs }, ours, new Map([["bench", theirs]]), true), {
      kind: "pin",
      instead: `config pins ${fingerprint(theirs)} now`,
    });
  });

  it("needs an address and a login that can be", () => {
    const config = (value: unknown) => ({
      name: "f.yaml",
      file: "/f.yaml",
      text: "",
      path: [],
      hosts: { bench: value },
    });
    deepEqual(targetOf("bench", config({ board: "pi4" })), {
      ...{ name: "bench", address: "bench.local", user: "pi", port: 22 },
    });
    throws(
      () => targetOf("bench", config({ address: "-oProxyCommand=x" })),
      /^UserError: f\.yaml:\n {2}hosts\.bench\.address/,
    );
  });
});
