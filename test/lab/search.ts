import { equal, ok } from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { type Copy } from "./copy.js";
import { processes } from "./processes.js";

/** Where a Pi keeps secrets: tokens of runners, delivered secrets, its host key, and the lab's own copy of /etc. */
const BELONGS = ["github-runner", "pi-fleet-secrets", "ssh", "pi-fleet-lab"].map(
  (name) => `--exclude-dir=${name}`,
);
const PLACES = ["/boot", "/etc", "/home", "/nix", "/root", "/run", "/tmp", "/var"];
const GREP = [
  "grep",
  "--recursive",
  "--files-with-matches",
  "--fixed-strings",
  "--devices=skip",
  "--no-messages",
];

/** Runs `work` and gives every argv that was to be seen meanwhile on the laptop, the NAS and these Pis, a line each. */
export async function argvDuring(copy: Copy, pis: readonly string[], work: () => Promise<unknown>) {
  const networks = await Promise.all([
    copy.outputOf("readlink", "/proc/self/ns/net").then((link) => link.trim()),
    ...["nas", ...pis].map((name) => copy.onHost(name, "readlink /proc/self/ns/net")),
  ]);
  const seen = new Set<string>();
  let watching = true;
  const watch = (async () => {
    while (watching)
      for (const { argv, network } of await processes()) if (networks.includes(network)) seen.add(argv);
  })();
  try {
    await work();
  } finally {
    watching = false;
    await watch;
  }
  const argv = [...seen].join("\n");
  ok(argv.includes("pi-fleet/step"), "the watch saw no step");
  return argv;
}

/** None of these secrets is anywhere in clear but where a Pi keeps its own: in what was printed, in files, in journals. */
export async function secretsAreNowhere(copy: Copy, pis: readonly string[], secrets: readonly string[]) {
  ok(
    secrets.length > 0 && secrets.every((secret) => secret.length > 20),
    "a secret was not found to search for",
  );
  const input = `${secrets.join("\n")}\n`;
  for (const secret of secrets) ok(!copy.printed.includes(secret), "a secret was printed");

  const onLaptop = async (patterns: string) => {
    // Not all of `run`: the laptop's root is mounted there, which is this machine's.
    const logs = (await readdir(copy.lab.labDir("run"))).filter((name) => name.endsWith(".log"));
    const places = ["pulumi", "nix", ...logs.map((name) => `run/${name}`)].map((part) =>
      copy.lab.labDir(part),
    );
    const { stdout } = await copy.lab.exec([...GREP, "--file=-", ...places], { input: patterns });
    return stdout.split("\n").filter(Boolean);
  };
  const state = copy.lab.labDir("pulumi/state");
  ok(
    (await onLaptop("lab-a-activation\n")).some((file) => file.startsWith(state)),
    "the state is not searched",
  );
  equal(
    (await onLaptop(input)).join(),
    "",
    "a secret is on the laptop: in the state, the Nix store or a log",
  );

  for (const pi of pis) {
    const run = async (...command: string[]) => String((await copy.host(pi).run(command, { input })).stdout);
    equal(await run(...GREP, "--file=-", ...BELONGS, ...PLACES), "", `a secret is on ${pi}`);
    // A socket is stdin here, which can't be opened by a name.
    const inJournal = (pattern: string) =>
      `cat >/dev/shm/secrets; journalctl --all --output=export --no-pager | grep --text -cF ${pattern}; rm /dev/shm/secrets`;
    const found = await run("sh", "-c", inJournal("--file=/dev/shm/secrets"));
    equal(found, "0", `a secret is in the journal of ${pi}`);
    ok(Number(await run("sh", "-c", inJournal("_HOSTNAME="))) > 100, `${pi} has no journal`);
  }
}
