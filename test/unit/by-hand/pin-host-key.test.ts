import { deepEqual, equal, rejects } from "node:assert/strict";
import { chmod, lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readText, replaceFile, withHostKey } from "../../../components/by-hand/pin-host-key.js";

const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";

describe("a host key in config", () => {
  const stack = ["config", "pi-fleet:hosts", "bench"];

  it("is one new line of a block, and nothing else changes", () => {
    const text = (added: string) =>
      `# The fleet.
config:
    'pi-fleet:hosts':
        other: { board:   pi4 }   # by the window
        bench:
            board: pi4
            user:  beau   # me

            # The runner of the bench.
            runner: { kind: repository,
                repository: owner/repo }
    pi-fleet:keys: {holders: [${key}]}
encryptionsalt: v1:x
`.replace("# me\n", `# me\n${added}`);
    equal(withHostKey(text(""), stack, key), text(`            hostKey: ${key}\n`));
  });

  const cases: [what: string, path: string[], before: string, after: string | undefined][] = [
    [
      "follows how the host is reached, in braces",
      ["bench"],
      "bench: { board: pi4, port: 8023, tags: [a] } # x\n",
      `bench: { board: pi4, port: 8023, hostKey: ${key}, tags: [a] } # x\n`,
    ],
    [
      "is quoted in JSON, on a line of its own where the others are",
      ["bench"],
      '{\n  "bench": {\n    "board": "pi4",\n    "tags": []\n  }\n}\n',
      `{\n  "bench": {\n    "board": "pi4",\n    "hostKey": "${key}",\n    "tags": []\n  }\n}\n`,
    ],
    [
      "is quoted in JSON of one line",
      ["bench"],
      '{"bench":{"board":"pi4"}}',
      `{"bench":{"board":"pi4", "hostKey": "${key}"}}`,
    ],
    [
      "takes the place of another one, and leaves its comment",
      ["bench"],
      "bench:\n  hostKey: ssh-rsa AAAA # old\n  board: pi4\n",
      `bench:\n  hostKey: ${key} # old\n  board: pi4\n`,
    ],
    [
      "takes the place of one in quotes",
      ["bench"],
      "bench: {'hostKey': 'ssh-rsa AAAA', board: pi4}",
      `bench: {'hostKey': "${key}", board: pi4}`,
    ],
    [
      "takes the place of one over two lines",
      ["bench"],
      "bench:\n  hostKey: >-\n    ssh-rsa\n    AAAA\n  board: pi4\n",
      `bench:\n  hostKey: ${key}\n  board: pi4\n`,
    ],
    [
      "stands beside what is merged",
      ["b"],
      "a: &a { board: pi4, user: me }\nb: { <<: *a, tags: [x] }\n",
      `a: &a { board: pi4, user: me }\nb: { <<: *a, hostKey: ${key}, tags: [x] }\n`,
    ],
    [
      "overrules one that is merged",
      ["b"],
      "a: &a { board: pi4, hostKey: ssh-rsa AAAA }\nb:\n  <<: *a\n",
      `a: &a { board: pi4, hostKey: ssh-rsa AAAA }\nb:\n  <<: *a\n  hostKey: ${key}\n`,
    ],
    [
      "is not given to a host that others merge from, as they would have it too",
      ["a"],
      "a: &a { board: pi4 }\nb: { <<: *a }\n",
      undefined,
    ],
    ["is not given to a host that is an alias", ["b"], "a: &a { board: pi4 }\nb: *a\n", undefined],
    [
      "ends a file without a last line break",
      ["bench"],
      "bench:\n  board: pi4",
      `bench:\n  board: pi4\n  hostKey: ${key}\n`,
    ],
    [
      "keeps the line breaks of Windows",
      ["bench"],
      "bench:\r\n  board: pi4\r\nlast: { board: pi5 }\r\n",
      `bench:\r\n  board: pi4\r\n  hostKey: ${key}\r\nlast: { board: pi5 }\r\n`,
    ],
    [
      "stands after a name on the host's own line",
      ["bench"],
      "bench: &anchor\n  board: pi4\n  settings: {}\n",
      `bench: &anchor\n  board: pi4\n  hostKey: ${key}\n  settings: {}\n`,
    ],
    ["needs a map", ["bench"], "bench: pi4\n", undefined],
  ];
  for (const [what, path, before, after] of cases)
    it(what, () => equal(withHostKey(before, path, key), after));
});

describe("a config file that is replaced", () => {
  let dir: string;
  beforeEach(async () => (dir = await mkdtemp(join(tmpdir(), "pi-fleet-replace-"))));
  afterEach(() => rm(dir, { recursive: true }));

  it("is refused when it is not in UTF-8, of which the rest would be lost", async () => {
    await writeFile(join(dir, "a.yaml"), Buffer.from("# Müller\n", "latin1"));
    await rejects(
      readText(join(dir, "a.yaml")),
      /^UserError: .*a\.yaml is not in UTF-8, so nothing was written/,
    );
    await writeFile(join(dir, "a.yaml"), "# Müller\n");
    equal(await readText(join(dir, "a.yaml")), "# Müller\n");
  });

  it("keeps its mode, and its link stays a link", async () => {
    await writeFile(join(dir, "real.yaml"), "old");
    await chmod(join(dir, "real.yaml"), 0o640);
    await symlink("real.yaml", join(dir, "Pulumi.x.yaml"));
    await replaceFile(join(dir, "Pulumi.x.yaml"), "new");
    equal(await readFile(join(dir, "real.yaml"), "utf8"), "new");
    equal((await stat(join(dir, "real.yaml"))).mode & 0o777, 0o640);
    equal((await lstat(join(dir, "Pulumi.x.yaml"))).isSymbolicLink(), true);
    deepEqual((await readdir(dir)).sort(), ["Pulumi.x.yaml", "real.yaml"]);
  });
});
