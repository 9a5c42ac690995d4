import { deepEqual, equal, match } from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseFleetConfig } from "../../../components/stack/parse-config.js";
import { faultsOf, flat, good } from "../config/refusals.js";

describe("hosts in a file of their own", () => {
  let dir: string;
  let file: string;
  before(() => {
    dir = mkdtempSync(join(tmpdir(), "pi-fleet-test-"));
    file = join(dir, "hosts.yaml");
  });
  after(() => rmSync(dir, { recursive: true }));

  /** A config whose hosts are in a file with this text. */
  const withFile = (text: string) => {
    writeFileSync(file, text);
    return { hostsFile: file, keys: good.keys };
  };
  /** The config's one fault. */
  const faultOf = (config: Record<string, unknown>) => {
    const faults = faultsOf(config);
    equal(faults.length, 1, faults.join("\n"));
    return faults[0]!;
  };

  it("are those of the config", () => {
    const { fleet } = parseFleetConfig(flat(withFile("a: { board: pi4 }\n")));
    deepEqual(fleet, parseFleetConfig(flat(good)).fleet);
  });

  it("may be JSON", () => {
    const { fleet } = parseFleetConfig(flat(withFile('{ "a": { "board": "pi4" } }')));
    deepEqual(Object.keys(fleet.hosts), ["a"]);
  });

  it("are a hundred and twenty of 2 kB, which no variable of the environment would hold", () => {
    const text = `a comment of a host's settings, ${"x".repeat(1900)}`;
    const hosts = Array.from(
      { length: 120 },
      (_, i) => `pi-${i}: { board: pi4, settings: { motd: "${text}" } }`,
    );
    const config = withFile(hosts.join("\n"));
    equal(Object.keys(parseFleetConfig(flat(config)).fleet.hosts).length, 120);
    equal(JSON.stringify(flat(config)).length < 1000, true);
  });

  it("may have much in common", () => {
    const hosts = Array.from({ length: 200 }, (_, i) => `pi-${i}: { <<: *all, tags: [t${i}] }`);
    const { fleet } = parseFleetConfig(
      flat(withFile(["pi: &all { board: pi4, user: me }", ...hosts].join("\n"))),
    );
    deepEqual([fleet.hosts["pi-199"]?.user, fleet.hosts["pi-199"]?.tags], ["me", ["t199"]]);
  });

  it("are in one place only", () => {
    match(
      faultOf({ ...withFile("a: { board: pi4 }"), hosts: { b: { board: "pi4" } } }),
      /^pi-fleet:hosts: the hosts are in .*hosts\.yaml, as hostsFile says: move these there, or take hostsFile away\.$/,
    );
  });

  for (const [what, text, fault] of [
    [
      "a fault",
      "a: { board: pi4, port: x }",
      /^pi-fleet:hosts\.a\.port: must be .* It is in \/.*hosts\.yaml\.$/,
    ],
    [
      "a host twice",
      "a: { board: pi4 }\nb: { board: pi4 }\na: { board: pi4 }",
      /hosts\.yaml line 3: Map keys must be unique\.$/,
    ],
    ["an option twice", "a: { board: pi4,\n board: pi5 }", /hosts\.yaml line 2: Map keys must be unique\.$/],
    ["no YAML", "a: { board: pi4", /hosts\.yaml line 1: /],
    [
      "a tag of another program",
      "a: !secret { board: pi4 }",
      /hosts\.yaml line 1: Unresolved tag: !secret\.$/,
    ],
    [
      "a number that other readers take for another one",
      "a:\n  board: pi4\n  port: 0022\n",
      /line 3: 0022 is 22 here/,
    ],
    ["a name that is a number", "007: { board: pi4 }", /hosts\.007: a host name is no number/],
    ["no map", "- board: pi4", /hosts: must be a map\. Found .* It is in .*hosts\.yaml\.$/],
    ["nothing", "", /hosts\.yaml: is a map of hosts by name/],
    ["a text", "hello", /hosts\.yaml: is a map of hosts by name/],
    ["too deep a map", `a: { settings: { x: ${"[".repeat(3000)}${"]".repeat(3000)} } }`, /hosts|levels deep/],
  ] as const)
    it(`are refused for ${what}, which names the file`, () => {
      const line = faultOf(withFile(text));
      match(line, fault);
      match(line, /hosts\.yaml/);
    });

  it("are refused with a secret in clear, which is not repeated", () => {
    const token = `ghp_${"a1B2".repeat(9)}`;
    const line = faultOf(withFile(`a:\n  board: pi4\n  health: { check: "curl -H ${token}" }`));
    match(line, /line 3: this looks like a secret/);
    equal(line.includes(token), false);
  });

  it("are refused where there is no file, and it is the only fault", () => {
    match(
      faultOf({ hostsFile: "nowhere.yaml", keys: good.keys }),
      /^pi-fleet:hostsFile: there is no file nowhere\.yaml, looked for at \/.*nowhere\.yaml\.$/,
    );
    match(faultOf({ hostsFile: dir, keys: good.keys }), /hostsFile: .*EISDIR/);
    match(
      faultOf({ hostsFile: ["a"], keys: good.keys }),
      /^pi-fleet:hostsFile: must be a string\. Found \["a"\]\.$/,
    );
  });

  it("are named with the file in a fault about another part, such as two hosts with one address", () => {
    const same = "a: { board: pi4, address: x.lan }\nb: { board: pi4, address: x.lan }";
    match(faultOf(withFile(same)), /hosts\.b\.address: a has the same .* It is in .*hosts\.yaml\.$/);
  });

  it("stand beside the other parts of the config", () => {
    const config = { ...withFile("a: { board: pi4 }"), keys: { holders: [] } };
    match(faultOf(config), /keys\.holders: give at least one public key/);
  });
});
