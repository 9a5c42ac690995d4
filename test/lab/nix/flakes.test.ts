import { deepEqual, equal, match, ok } from "node:assert/strict";
import { chmod, cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import type { Evaluation } from "../../../components/evaluation/toplevel.js";
import { host } from "./modules.js";
import { type NixLab, nixLab } from "./nix.js";

describe("nix/ with the lab's nixpkgs, in other flakes", function () {
  this.timeout(180_000);
  let nix: NixLab;
  let nixpkgs: string;

  before(async function () {
    nix = await nixLab(this);
    nixpkgs = `path:${nix.copy.lab.generatedDir}/nixpkgs`;
  });

  /** The deployer's own evaluation of some hosts. */
  const evaluations = async (hosts: Record<string, unknown>) => {
    const overrideInputs = { nixpkgs, "nixos-hardware": `${nixpkgs}/nixos-hardware` };
    const program = `import("./components/evaluation/evaluate-fleet.ts").then(async ({ evaluateFleet }) =>
      console.log(JSON.stringify(await evaluateFleet(${JSON.stringify(hosts)},
        { flake: "nix", overrideInputs: ${JSON.stringify(overrideInputs)} }))))`;
    const printed = await nix.copy.outputOf("npx", "tsx", "--eval", program);
    return JSON.parse(printed) as Record<string, Evaluation>;
  };

  /** A folder with a flake. */
  const flake = async (name: string, text: string) => {
    const folder = join(nix.copy.dir, name);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "flake.nix"), text);
    return folder;
  };
  /** The examples of a page, in Nix. */
  const examples = async (page: string) => {
    const text = await readFile(new URL(`../../../docs/${page}`, import.meta.url), "utf8");
    return [...text.matchAll(/^```nix\n(.*?)^```$/gms)].map(([, example = ""]) => example);
  };
  const bench = `{ nixpkgs.hostPlatform = "x86_64-linux"; boot.isContainer = true; networking.hostName = "mine";
    services.openssh.startWhenNeeded = false; users.users.root.openssh.authorizedKeys.keys = [ "ssh-ed25519 AAAA x" ]; }`;

  it("evaluates one's own, and names the Pi whose attribute is not there", async () => {
    const mine = await flake(
      "mine",
      `{ inputs.nixpkgs.url = "${nixpkgs}";
         outputs = { nixpkgs, ... }: { nixosConfigurations."bench.lan" = nixpkgs.lib.nixosSystem { modules = [ ${bench} ]; }; }; }`,
    );
    const own = (attr: string) => ({ flake: { ref: mine, attr } });
    const hosts = {
      a: own("bench.lan"),
      b: own("nowhere"),
      c: { ...host({}), fleet: { base: { generations: 3 } } },
    };
    const plans = await evaluations(hosts);
    ok(plans["a"]?.kind === "toplevel", JSON.stringify(plans));
    match(plans["a"].outPath, /-nixos-system-mine-/);
    equal(plans["a"].system, "x86_64-linux");
    ok(plans["b"]?.kind === "failed");
    match(plans["b"].message, /attribute 'nowhere' missing/);
    equal(plans["c"]?.kind, "toplevel");
  });

  it("puts of a git tree into the store what git knows, whatever its owner and the spaces in its name", async () => {
    const folder = await flake(
      "my flakes/cfg",
      `{ inputs.nixpkgs.url = "${nixpkgs}";
         outputs = { self, nixpkgs, ... }: { nixosConfigurations.a = nixpkgs.lib.nixosSystem { modules = [ ${bench} ]; }; }; }`,
    );
    const tree = join(nix.copy.dir, "my flakes");
    const git = (...argv: string[]) => execa("git", ["-C", tree, ...argv]);
    const secret = "a token that git ignores";
    await writeFile(join(tree, ".gitignore"), "token\n");
    await writeFile(join(folder, "token"), secret);
    await git("init", "--quiet");
    await git("add", "--all");
    await execa("chown", ["-R", "nobody", tree]);
    const a = { flake: { ref: "./my flakes/cfg", attr: "a" } };
    const { a: plan } = await evaluations({ a });
    equal(plan?.kind, "toplevel", JSON.stringify(plan));
    const found = await nix.copy.lab.exec(["grep", "-rlF", secret, "/nix/store"]);
    equal(found.stdout, "");

    await chmod(tree, 0o755);
    await git("-c", `safe.directory=${tree}`, "rm", "--quiet", "--cached", "cfg/flake.nix");
    const { b } = await evaluations({ b: a });
    ok(b?.kind === "failed");
    match(b.message, /git does not know flake\.nix in .*Run: git -C '.*my flakes\/cfg' add flake\.nix/);
  });

  it("has each of its modules alone, and all as the default", async () => {
    const file = (name: string) => name.replace(".nix", "");
    const names = (await readdir(join(nix.copy.dir, "nix/modules"))).filter((name) => name.endsWith(".nix"));
    const folder = await flake(
      "alone",
      `{ inputs = { nixpkgs.url = "${nixpkgs}"; pi-fleet.url = "path:${nix.copy.dir}/nix"; pi-fleet.inputs.nixpkgs.follows = "nixpkgs";
           pi-fleet.inputs.nixos-hardware.url = "${nixpkgs}/nixos-hardware"; };
         outputs = { nixpkgs, pi-fleet, ... }: let
           keys.fleet.authorizedKeys = [ "ssh-ed25519 AAAA x" ];
           more = { default = keys; hil.fleet.hil.enable = true; only-activation = keys; users = keys; };
         in { alone = builtins.mapAttrs (name: module: (nixpkgs.lib.nixosSystem {
           modules = [ ${bench} module (more.\${name} or { }) ];
         }).config.system.build.toplevel.drvPath) pi-fleet.nixosModules; }; }`,
    );
    const printed = await nix.copy.outputOf(
      "nix",
      "eval",
      "--json",
      "--no-write-lock-file",
      `${folder}#alone`,
    );
    deepEqual(Object.keys(JSON.parse(printed) as object).sort(), names.map(file).sort());
  });

  it("is in a flake of one's own as the manual shows: some modules, or a whole fleet", async () => {
    const [modules, ...more] = await examples("system.md");
    const [fleet, ...others] = await examples("library.md");
    ok(modules && fleet && more.length + others.length === 0);
    const overrides = [
      ...["--no-write-lock-file", "--override-input", "pi-fleet", `path:${nix.copy.dir}/nix`],
      ...["--override-input", "pi-fleet/nixos-hardware", `${nixpkgs}/nixos-hardware`],
    ];

    const own = await flake("own-example", modules);
    await writeFile(join(own, "configuration.nix"), bench);
    const services = await nix.copy.outputOf(
      ...["nix", "eval", "--json", `${own}#nixosConfigurations.bench.config.systemd.services`],
      ...[...overrides, "--override-input", "nixpkgs", nixpkgs, "--apply", "builtins.attrNames"],
    );
    match(services, /"github-runner-bench".*"pi-fleet-await"/);

    const whole = await flake("fleet-example", fleet);
    await mkdir(join(whole, "hosts"));
    await writeFile(join(whole, "hosts/bench.nix"), '{ environment.etc.motd.text = "mine"; }');
    await mkdir(join(nix.copy.dir, "fleet-example.json"));
    const hosts = { bench: host({ modules: ["hosts/bench.nix", "sops-nix#nixosModules.sops"] }) };
    await writeFile(join(nix.copy.dir, "fleet-example.json/fleet.json"), JSON.stringify({ hosts }));
    const planned = [
      ...["nix", "eval", "--json", `${whole}#fleetPlan`, ...overrides],
      ...[
        "--override-input",
        "pi-fleet/nixpkgs",
        nixpkgs,
        "--override-input",
        "sops-nix",
        `${nixpkgs}/sops-nix`,
      ],
      ...["--override-input", "fleet", `path:${nix.copy.dir}/fleet-example.json`],
    ];
    match(await nix.copy.outputOf(...planned), /-nixos-system-bench-/);
  });

  it("takes a module of another flake by the lock, and refuses one that nothing pins", async () => {
    const folder = join(nix.copy.dir, "locked");
    await cp(join(nix.copy.dir, "nix"), folder, { recursive: true });
    const text = await readFile(join(folder, "flake.nix"), "utf8");
    const ref = `${nixpkgs}/sops-nix`;
    await writeFile(
      join(folder, "flake.nix"),
      text.replace("inputs = {", `inputs = {\n    sops-nix.url = "${ref}";`),
    );
    const hosts = (...modules: string[]) => ({ a: host({ modules }) });
    const unlocked = await nix.evaluate(hosts(`${ref}#nixosModules.sops`), folder);
    match(
      unlocked.stderr,
      /host 'a': nothing pins path:.*Name a revision, such as .*\/REVISION#nixosModules\.sops, or/,
    );
    const lock = await nix.flakeArguments(hosts(), "x", folder);
    await nix.copy.outputOf("nix", "flake", "lock", `path:${folder}`, ...lock.slice(2));
    const sops = (await nix.planOf(hosts(`${ref}#nixosModules.sops`), folder))["a"]?.toplevel;
    ok(sops);
    equal((await nix.planOf(hosts("sops-nix#nixosModules.sops"), folder))["a"]?.toplevel, sops);

    const refused: Record<string, RegExp> = {
      "sops#nixosModules.sops":
        /the flake has no input sops, which .* Its inputs are fleet, nixos-hardware, nixpkgs, self, sops-nix/,
      "sops-nix#nixosModules.spos":
        /sops-nix has no nixosModules\.spos\. Its nixosModules are: default, sops/,
      "nixos-hardware#nixosModules.x": /nixos-hardware has no nixosModules\.x\. Its nixosModules are: none/,
    };
    for (const [module, message] of Object.entries(refused))
      match((await nix.evaluate(hosts(module), folder)).stderr, message);
  });

  it("refuses a nixpkgs that is too old, by its release", async () => {
    const old = join(nix.copy.dir, "old-nixpkgs");
    await cp(join(nix.copy.lab.generatedDir, "nixpkgs"), old, { recursive: true });
    const file = join(old, "lib/default.nix");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace(/release = "[0-9.]+"/, 'release = "25.11"'));
    const flakeOf = await nix.flakeArguments({ a: host({}) }, "fleetPlan");
    const { stderr } = await nix.copy.onLaptop(
      ...["nix", "eval", "--json", ...flakeOf, "--override-input", "nixpkgs", `path:${old}`],
    );
    match(
      stderr,
      /pi-fleet needs NixOS 26\.05 or newer, and the flake's nixpkgs is 25\.11\. Take a newer one/,
    );
  });
});
