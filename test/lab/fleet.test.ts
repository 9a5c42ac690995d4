import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { askGitHub, type Wish } from "../../lab/github/client.js";
import { nixKey } from "../../components/signing-key.js";
import { skip } from "../skip.js";
import { Copy } from "./checkout.js";
import { processes } from "./processes.js";

// The main job, from keys to destroy, in the order in which a person meets it. Each test leaves the fleet converged.
describe("the fleet", function () {
  this.timeout(240_000);
  const pis = ["lab-a", "lab-b", "lab-c"];
  let copy: Copy;
  const secretValue = "the value of a stack secret, 4f1c";
  /** Everything that was printed, for the search for secrets. */
  let printed = "";

  before(async function () {
    if (process.getuid?.() !== 0) skip(this, "the lab needs root");
    copy = await Copy.make("fleet");
  });

  after(async () => {
    await copy?.remove();
  });

  it("makes keys before there is any Pi, says what each is waiting for, and ends well", async () => {
    const first = await pulumi("up", "--yes", "--skip-preview");
    equal(first.exitCode, 0, first.out);
    for (const pi of pis) match(first.out, new RegExp(`${pi} is awaiting flash`));
    const again = await pulumi("preview", "--expect-no-changes");
    equal(again.exitCode, 0, again.out);
  });

  it("converges three Pis of two boards by npm run lab, and shows them", async () => {
    const run = await cli();
    equal(run.exitCode, 0, run.out);
    match(run.out, /lab-a +virtual +converged/);
    match(run.out, /lab-c +pi4 +converged/);
    const planned = await toplevels();
    for (const pi of pis) equal(await onHost(pi, "readlink /run/current-system"), planned[pi]);
    match(
      await onHost(
        "lab-c",
        "file=$(readlink -f /run/current-system)/activate; head -n1 $file | cut -c3- | xargs -n1 readlink -f | head -n1 | xargs od -An -tx1 -j18 -N1",
      ),
      /b7/,
    );
    await nothingToChange();
  });

  it("changes nothing the second time", async () => {
    const run = await cli();
    equal(run.exitCode, 0, run.out);
    ok(!/\d+ (updated|created|deleted)/.test(run.out), run.out);
    const dry = await onLaptop("node", "pi.js", "dry-activate", "lab-b");
    equal(dry.exitCode, 0, dry.stderr);
    match(dry.stdout, /lab-b: would restart no unit/);
  });

  it("shows a change of one Pi as that Pi's alone, with both paths, before anything is built", async () => {
    const before = await toplevels();
    await copy.config(["pi-fleet:hosts", "lab-b", "settings"], {
      environment: { etc: { motd: { text: "changed\n" } } },
    });
    const changes = await changed();
    equal([...changes].sort().join(), "lab-b-activation,lab-b-build");
    const preview = await pulumi("preview", "--diff");
    const paths = /TOPLEVEL *: "(\S+)" => "(\S+)"/.exec(preview.out);
    equal(paths?.[1], before["lab-b"], preview.out);
    equal((await onLaptop("test", "-e", paths?.[2] ?? "")).exitCode, 1, "it was built in a preview");

    await up();
    equal(await onHost("lab-b", "cat /etc/motd"), "changed");
    equal(await onHost("lab-b", "readlink /run/current-system"), paths?.[2]);
    equal(await onHost("lab-b", "readlink -f /nix/var/nix/profiles/system"), paths?.[2]);
    equal(await onHost("lab-a", "readlink /run/current-system"), before["lab-a"]);
    await nothingToChange();
  });

  it("shows a change of a module as a change of all Pis, and of nothing else", async () => {
    await everyPi("all\n");
    const changes = await changed();
    equal([...changes].sort().join(), pis.flatMap((pi) => [`${pi}-activation`, `${pi}-build`]).join());
    await up();
    for (const pi of pis) equal(await onHost(pi, "cat /etc/of-all"), "all");
    await nothingToChange();
  });

  it("plans nothing in another checkout of the same commit", async () => {
    const other = await mkdtemp(join(tmpdir(), "pi-fleet-other-"));
    try {
      await cp(copy.dir, other, { recursive: true, filter: (path) => !path.includes("node_modules") });
      await symlink(join(copy.dir, "node_modules"), join(other, "node_modules"));
      const argv = ["pulumi", "preview", "--stack", "lab", "--expect-no-changes", "--non-interactive"];
      const { exitCode, stdout, stderr } = await copy.lab.exec(argv, { cwd: other });
      equal(exitCode, 0, stdout + stderr);
    } finally {
      await rm(other, { recursive: true, force: true });
    }
  });

  it("answers an edit of index.ts and of a component at once", async () => {
    for (const [file, from, to] of [
      ["index.ts", "/** How each Pi stands", 'export const edited = "edited-index";\n/** How each Pi stands'],
      ["components/ssh-keys.ts", "} pi-fleet`", "} edited-component`"],
    ] as const) {
      const path = join(copy.dir, file);
      const text = await readFile(path, "utf8");
      ok(text.includes(from), `${file} has no ${from}`);
      await writeFile(path, text.replace(from, to));
      const preview = await pulumi("preview", "--diff");
      await writeFile(path, text);
      match(preview.out, /edited-(index|component)/);
    }
  });

  it("lets a Pi that is off be off: a warning, no difference, no long wait", async () => {
    await host("lab-b").powerOff();
    const preview = await pulumi("preview", "--expect-no-changes");
    equal(preview.exitCode, 0, preview.out);
    match(preview.out, /lab-b \(lab-b\.local\) can't be reached/);
    const run = await pulumi("up", "--yes", "--skip-preview");
    equal(run.exitCode, 0, run.out);
  });

  it("converges the others when one can't be reached, fails naming it, and finishes the job later", async () => {
    const before = await onHost("lab-a", "readlink /run/current-system");
    await everyPi("while one is off\n");
    const run = await pulumi("up", "--yes", "--skip-preview");
    notEqual(run.exitCode, 0);
    match(run.out, /lab-b: connect failed: lab-b \(lab-b\.local\) can't be reached/);
    for (const pi of ["lab-a", "lab-c"]) equal(await onHost(pi, "cat /etc/of-all"), "while one is off");
    notEqual(await onHost("lab-a", "readlink /run/current-system"), before);

    const still = await pulumi("up", "--yes", "--skip-preview");
    notEqual(still.exitCode, 0, "a change that is pending was forgotten");
    await host("lab-b").boot();
    equal([...(await changed())].sort().join(), "lab-b-activation,lab-b-build");
    await up();
    equal(await onHost("lab-b", "cat /etc/of-all"), "while one is off");
    await nothingToChange();
  });

  it("names a Pi whose build fails, with the builder's words", async () => {
    await writeFile(
      join(copy.dir, "nix/hosts/broken.nix"),
      `{ config, ... }: {
        environment.etc.broken.source = builtins.derivation {
          name = "broken"; system = config.nixpkgs.hostPlatform.system;
          builder = "/bin/sh"; args = [ "-c" "echo the flux compensator is missing >&2; exit 1" ];
        };
      }\n`,
    );
    await failsAlone(
      "lab-b",
      { modules: ["hosts/broken.nix"] },
      /lab-b: build failed: .*[\s\S]*flux compensator is missing/,
    );
  });

  it("names a Pi whose evaluation fails, with the option", async () => {
    await failsAlone(
      "lab-b",
      { settings: { servces: { x: true } } },
      /lab-b: evaluation failed: .*[\s\S]*servces/,
    );
  });

  it("returns a Pi to its old system when a unit fails in the new one", async () => {
    const settings = {
      systemd: {
        services: {
          doomed: {
            wantedBy: ["multi-user.target"],
            serviceConfig: { Type: "oneshot", ExecStart: "/bin/false" },
          },
        },
      },
    };
    await failsAlone(
      "lab-b",
      { settings },
      /lab-b: activate failed: units failed that did not fail before: doomed\.service/,
    );
  });

  it("names a Pi whose disk is full", async () => {
    await writeFile(
      join(copy.dir, "nix/hosts/big.nix"),
      `{ lib, ... }: { environment.etc.big.text = lib.concatStrings (lib.genList toString 100000); }\n`,
    );
    await onHost("lab-b", "head -c 4G /dev/zero > /root/fill 2>/dev/null || true; sync");
    const mend = () => onHost("lab-b", "rm -f /root/fill");
    await failsAlone(
      "lab-b",
      { modules: ["hosts/big.nix"] },
      /lab-b: copy failed: lab-b's disk is full: the new system needs \d.* KiB and .* free.*Nothing was copied.*nix-collect-garbage/,
      mend,
    );
  });

  it("refuses another host key, with both fingerprints", async () => {
    const place = "/etc/ssh/ssh_host_ed25519_key";
    await onHost(
      "lab-b",
      `cp ${place} /root/kept && rm ${place} && ssh-keygen -q -t ed25519 -N '' -f ${place} && systemctl restart ssh`,
    );
    const offered = (await onHost("lab-b", `ssh-keygen -lf ${place}`)).split(" ")[1] ?? "";
    await onHost("lab-b", `ssh-keygen -yf /root/kept > /root/kept.pub`);
    const expected = (await onHost("lab-b", "ssh-keygen -lf /root/kept.pub")).split(" ")[1] ?? "";
    const run = await pulumi("up", "--yes", "--skip-preview");
    notEqual(run.exitCode, 0);
    match(run.out, /lab-b: connect failed: .*another host key/);
    ok(run.out.includes(offered) && run.out.includes(expected), run.out);
    await onHost("lab-b", `cp /root/kept ${place} && systemctl restart ssh`);
    await up();
    await nothingToChange();
  });

  it("sees that somebody else switched a Pi, shows both paths, and repairs it", async () => {
    const wanted = await onHost("lab-b", "readlink /run/current-system");
    const other = await onHost("lab-b", "readlink -f /nix/var/nix/profiles/system-1-link");
    notEqual(other, wanted);
    await onHost(
      "lab-b",
      `nix-env -p /nix/var/nix/profiles/system --set ${other} && ${other}/bin/switch-to-configuration switch`,
    );
    const preview = await pulumi("preview", "--diff");
    match(preview.out, /lab-b drifted/);
    ok(preview.out.includes(wanted) && preview.out.includes(other), preview.out);
    equal([...(await changed())].sort().join(), "lab-b-activation,lab-b-build");
    await up();
    equal(await onHost("lab-b", "readlink /run/current-system"), wanted);
    await nothingToChange();
  });

  it("goes back to the generation before by hand, and the next preview says what would bring it forward", async () => {
    const wanted = await onHost("lab-a", "readlink /run/current-system");
    const back = await onLaptop("node", "pi.js", "rollback", "lab-a");
    equal(back.exitCode, 0, back.stderr);
    const now = await onHost("lab-a", "readlink /run/current-system");
    notEqual(now, wanted);
    equal(await onHost("lab-a", "readlink -f /nix/var/nix/profiles/system"), now);
    const list = await onLaptop("node", "pi.js", "generations", "lab-a");
    ok(
      list.stdout.split("\n").some((line) => line.includes(now) && /running.*default/.test(line)),
      list.stdout,
    );
    ok(
      list.stdout.includes(`  ${new Date().getUTCFullYear()}-`) && !list.stdout.includes("1970"),
      list.stdout,
    );
    const preview = await pulumi("preview", "--diff");
    ok(preview.out.includes(wanted) && preview.out.includes(now), preview.out);
    await up();
    equal(await onHost("lab-a", "readlink /run/current-system"), wanted);
    await nothingToChange();
    const nowhere = await onLaptop("node", "pi.js", "rollback", "lab-a", "999");
    equal(nowhere.exitCode, 1);
    match(nowhere.stderr, /lab-a has no generation 999\. There are: \d/);
  });

  it("tries a system out by hand, which neither boots nor stays", async () => {
    const kept = await readFile(copy.stackFile, "utf8");
    const before = await onHost("lab-b", "readlink /run/current-system");
    const service = (seconds: number) => ({
      systemd: {
        services: {
          patience: {
            wantedBy: ["multi-user.target"],
            serviceConfig: { ExecStart: `/bin/sleep ${seconds}` },
          },
        },
      },
    });
    await copy.config(["pi-fleet:hosts", "lab-b", "settings"], service(10001));
    const tested = await byHand("test", "lab-b");
    equal(tested.exitCode, 0, tested.stderr);
    const trial = await onHost("lab-b", "readlink /run/current-system");
    notEqual(trial, before);
    ok(tested.stdout.includes(`lab-b runs ${trial} until its next restart`), tested.stdout);
    equal(
      await onHost("lab-b", "readlink -f /nix/var/nix/profiles/system /boot/lab-default"),
      `${before}\n${before}`,
    );
    match((await pulumi("preview")).out, /lab-b drifted: it runs .*, and the last `up` left/);

    await copy.config(["pi-fleet:hosts", "lab-b", "settings"], service(10002));
    const dry = await byHand("dry-activate", "lab-b");
    match(dry.stdout, /^lab-b: would stop the following units: patience\.service$/m);
    equal(await onHost("lab-b", "readlink /run/current-system"), trial);

    await onHost(
      "lab-b",
      "printf 'holder=somebody@else\\nsince=2026-01-01T00:00:00Z\\n' > /run/pi-fleet/holder; systemd-run --quiet --unit=pi-fleet-activation sleep 1000",
    );
    const second = await byHand("test", "lab-b");
    equal(second.exitCode, 1);
    match(
      second.stderr,
      /another activation is under way on lab-b: held by somebody@else since 2026-01-01T00:00:00Z/,
    );

    await host("lab-b").powerOff();
    await host("lab-b").boot();
    equal(await onHost("lab-b", "readlink /run/current-system"), before);
    await writeFile(copy.stackFile, kept);
    await nothingToChange();
    const typo = await byHand("tset", "lab-b");
    match(typo.stderr, /There is no verb "tset" — did you mean "test"\?/);
  });

  it("can be limited to a tag, and neither sees nor touches the others", async () => {
    const kept = await readFile(copy.stackFile, "utf8");
    const untouched = await onHost("lab-c", "readlink /run/current-system");
    await everyPi("only a tag\n");
    await copy.config(["pi-fleet:hosts", "lab-b", "tags"], ["bench"]);
    await copy.config(["pi-fleet:hosts", "lab-new"], { board: "virtual" });
    await host("lab-a").powerOff();
    const run = await onLaptop(
      ...["env", "PI_FLEET_ONLY=tag:bench", "pulumi", "up", "--yes", "--skip-preview", "--non-interactive"],
    );
    equal(run.exitCode, 0, run.stdout);
    match(run.stdout, /only tag:bench\. Left out: lab-a, lab-c, lab-new \(3 of 4\)/);
    match(run.stdout, /~ 2 updated/);
    ok(!/\d+ created/.test(run.stdout) && !run.stdout.includes("can't be reached"), run.stdout);
    equal(await onHost("lab-b", "cat /etc/of-all"), "only a tag");
    equal(await onHost("lab-c", "readlink /run/current-system"), untouched);
    await host("lab-a").boot();
    await writeFile(copy.stackFile, kept);
    equal([...(await changed())].sort().join(), "lab-a-activation,lab-a-build,lab-c-activation,lab-c-build");
    await up();
    await nothingToChange();
  });

  it("goes in waves, and stops at the first that fails", async () => {
    const kept = await readFile(copy.stackFile, "utf8");
    const before = await onHost("lab-a", "readlink /run/current-system");
    await everyPi("in waves\n");
    await copy.config(["pi-fleet:waves"], { canary: ["lab-b"], size: 2, pause: 2, parallel: 1 });
    await copy.config(["pi-fleet:hosts", "lab-b", "health"], { check: "test -e /root/well" });
    const run = await pulumi("up", "--yes", "--skip-preview");
    notEqual(run.exitCode, 0);
    match(run.out, /lab-b: activate failed: the health check ended with exit code 1/);
    match(run.out, /lab-a: held back: lab-b failed in an earlier wave/);
    const order = "wave 1 (canary): lab-b · wave 2: lab-a, lab-c (1 at once, 2 s between waves)";
    for (const told of [order, "size: ", "packages: none, only configuration", "reboot: "]) {
      const at = run.out.indexOf(told);
      ok(at >= 0 && at < run.out.indexOf("lab-b: connecting"), `${told} is not told before\n${run.out}`);
    }
    match(run.out, /size: \d+\.\d KiB on the card, where .* free; at most \d+\.\d KiB on the wire/);
    equal(await onHost("lab-a", "readlink /run/current-system"), before);
    match((await pulumi("preview")).out, /wave 1 \(canary\): lab-b · wave 2: lab-a, lab-c/);
    await onHost("lab-b", "touch /root/well");
    const well = await pulumi("up", "--yes", "--skip-preview");
    equal(well.exitCode, 0, well.out);
    match(well.out, /wave 1 \(canary\) is done; wave 2 begins in 2 s/);
    for (const pi of pis) equal(await onHost(pi, "cat /etc/of-all"), "in waves");
    await copy.config(["pi-fleet:waves"], undefined);
    await nothingToChange();
    await writeFile(copy.stackFile, kept);
    await up();
    await nothingToChange();
  });

  it("delivers secrets with the system, to the Pis that use them, and takes them back", async () => {
    const kept = await readFile(copy.stackFile, "utf8");
    const unit = {
      wantedBy: ["multi-user.target"],
      serviceConfig: { Type: "oneshot", RemainAfterExit: true },
      script: "cp /var/lib/pi-fleet-secrets/token /run/token-seen",
    };
    const secret = { owner: "pi", mode: "0640", units: ["reader.service"] };
    await setSecret("token", "first value\nof two lines");
    await setSecret("psk_workshop", "12345678");
    await copy.config(["pi-fleet:hosts", "lab-b", "settings"], { systemd: { services: { reader: unit } } });
    await copy.config(["pi-fleet:hosts", "lab-b", "secrets"], { token: secret });
    await copy.config(["pi-fleet:hosts", "lab-b", "network"], { wifi: { networks: { workshop: {} } } });
    equal([...(await changed())].sort().join(), "lab-b-activation,lab-b-build");
    await up();
    const files = "cd /var/lib/pi-fleet-secrets";
    equal(await onHost("lab-b", `${files}; cat token`), "first value\nof two lines");
    equal(
      await onHost("lab-b", `${files}; stat -c '%a %U %G' token wireless.conf`),
      "640 pi root\n640 root wpa_supplicant",
    );
    equal(await onHost("lab-b", `${files}; cat wireless.conf`), "psk_workshop=12345678");
    equal(await onHost("lab-b", "cat /run/token-seen"), "first value\nof two lines");
    equal(await onHost("lab-a", "ls /var/lib/pi-fleet-secrets 2>/dev/null || echo none"), "none");
    await nothingToChange();
    const { stdout } = await pulumi("stack", "output", "firstBoot", "--show-secrets", "--json");
    const bundles = JSON.parse(stdout) as Record<string, { secrets: { path: string; content: string }[] }>;
    deepEqual(
      pis.map((pi) => bundles[pi]?.secrets.map(({ path }) => path)),
      [[], ["/var/lib/pi-fleet-secrets/token", "/var/lib/pi-fleet-secrets/wireless.conf"], []],
    );

    // A secret alone changes: the system stays, its reader is started again.
    const system = await onHost("lab-b", "readlink /run/current-system");
    const wpa = "systemctl show --property=InvocationID --value wpa_supplicant-wlan0";
    const before = await onHost("lab-b", wpa);
    await setSecret("token", secretValue);
    equal([...(await changed())].sort().join(), "lab-b-activation,lab-b-build");
    match((await pulumi("preview")).out, /secrets: token changes/);
    await up();
    equal(await onHost("lab-b", "cat /run/token-seen"), secretValue);
    equal(await onHost("lab-b", "readlink /run/current-system"), system);
    equal(await onHost("lab-b", wpa), before);
    await nothingToChange();

    // It returns with the system.
    await setSecret("token", "a wrong value");
    await copy.config(["pi-fleet:hosts", "lab-b", "health"], { check: "! grep -q wrong /run/token-seen" });
    const run = await pulumi("up", "--yes", "--skip-preview");
    notEqual(run.exitCode, 0);
    match(run.out, /lab-b: activate failed: the health check ended with exit code 1/);
    equal(await onHost("lab-b", `${files}; cat token /run/token-seen`), secretValue + secretValue);
    await setSecret("token", secretValue);
    await up();
    await nothingToChange();

    // What somebody altered on the Pi is seen and mended.
    await onHost("lab-b", `${files}; echo psk_workshop=altered > wireless.conf`);
    match((await pulumi("preview")).out, /wireless\.conf was altered or removed on the Pi/);
    await up();
    equal(await onHost("lab-b", `${files}; cat wireless.conf`), "psk_workshop=12345678");

    // So are secrets that were on trial when the power was cut.
    const trial = ["for trial", "file token 1 root root 0400 eA==", "end"].join("\\n");
    await onHost("lab-b", `printf '${trial}\\n' | sh /run/pi-fleet/secrets.sh stage`);
    equal(await onHost("lab-b", `sh /run/pi-fleet/secrets.sh apply trial; ${files}; cat token`), "x");
    await host("lab-b").powerOff();
    await host("lab-b").boot();
    await copy.lab.until(
      async () => (await onHost("lab-b", `${files}; cat token`)) === secretValue,
      20,
      () => "the secret on trial stayed",
    );
    await nothingToChange();

    await setSecret("psk_workshop", "1234567");
    const refused = await pulumi("preview");
    notEqual(refused.exitCode, 0);
    match(
      refused.out,
      /pi-fleet:secrets\.psk_workshop: has 7 characters, .*--path 'pi-fleet:secrets\.psk_workshop'/,
    );
    ok(!refused.out.includes("1234567"), refused.out);

    await writeFile(copy.stackFile, kept);
    await up();
    equal(await onHost("lab-b", `${files}; ls -A`), "");
    await nothingToChange();
  });

  it("takes a GitHub user's keys by their fingerprints, also while GitHub is away", async () => {
    const kept = await readFile(copy.stackFile, "utf8");
    const tell = (wish: Wish) => askGitHub(copy.lab.gitHubSocket(), wish);
    const shown = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";
    await tell({ keys: { user: "octocat", text: `${shown}\n` } });
    await copy.config(["pi-fleet:keys", "github"], { url: "http://10.77.0.1" });
    const users = (user: object) =>
      copy.config(["pi-fleet:hosts", "lab-b", "users"], { beau: { keys: [user] } });
    await users({ github: "octocat" });
    const told = await pulumi("preview");
    notEqual(told.exitCode, 0);
    const line =
      /hosts\.lab-b\.users\.beau\.keys\[0\]\.pin: is missing.*\{ github: octocat, pin: \["(SHA256:\S+)"\] \}/;
    const pin = line.exec(told.out)?.[1];
    ok(pin, told.out);
    await users({ github: "octocat", pin: [pin] });
    equal([...(await changed())].sort().join(), "lab-b-activation,lab-b-build");
    await up();
    equal(await onHost("lab-b", "cat /etc/ssh/authorized_keys.d/beau"), `${shown} octocat@github`);

    await tell({ faults: { status: 503 } });
    const away = await pulumi("preview", "--expect-no-changes");
    equal(away.exitCode, 0, away.out);
    match(
      away.out,
      /the keys of octocat could not be read from GitHub: .*503; those of the last run are used/,
    );
    await tell({ faults: {} });
    await writeFile(copy.stackFile, kept);
    await up();
    await nothingToChange();
  });

  it("restricts a deploy user to signed activations, against attempts to get round that, and ends it", async () => {
    const lab = ["pi-fleet:hosts", "lab-a"];
    const kept = await readFile(copy.stackFile, "utf8");
    await copy.config([...lab, "sudo"], { onlyActivation: true });
    await copy.config([...lab, "health"], { check: "id -un >/tmp/checked-by-$(id -u)" });
    const preview = await pulumi("preview");
    match(preview.out, /lab-a: with sudo\.onlyActivation nobody becomes root there/);
    const [key, ...others] = [...(await changed())].sort();
    equal([key, ...others].join(), "fleet-signing,fleet-signing-key,lab-a-activation,lab-a-build");
    await up();

    // From here on by the entry point: also a runner's token; and signed on a build host, which has no key.
    await copy.config([...lab, "buildHost"], "nas");
    await copy.config([...lab, "settings", "environment", "etc", "motd", "text"], "restricted\n");
    await onHost("lab-a", "rm /var/lib/github-runner/.runner_token");
    await up();
    equal(await onHost("lab-a", "cat /etc/motd"), "restricted");
    equal(await onHost("lab-a", "cat /tmp/checked-by-1000"), "pi");
    ok((await onHost("lab-a", "cat /var/lib/github-runner/.runner_token")) !== "");
    await nothingToChange();
    await getRound();
    const back = await onLaptop("node", "pi.js", "rollback", "lab-a");
    equal(back.exitCode, 0, back.stderr);
    const first = await onLaptop("node", "pi.js", "rollback", "lab-a", "1");
    equal(first.exitCode, 1);
    match(first.stderr, /refused by lab-a: \S+ is neither signed .* nor a generation with onlyActivation/);

    await copy.config([...lab, "sudo"], undefined);
    match((await pulumi("preview")).out, /set hosts\.lab-a\.sudo\.onlyActivation: false for one `pulumi up`/);
    await copy.config([...lab, "sudo"], { onlyActivation: false });
    await up();
    equal(await asPi("sudo -n id -u"), "0");
    await writeFile(copy.stackFile, kept);
    await up();
    await nothingToChange();
  });

  /** What somebody with the deploy key of a restricted Pi might try. */
  async function getRound(): Promise<void> {
    const entry = "/run/current-system/sw/bin/pi-fleet-root";
    const refused = async (script: string, words: RegExp, input = "") => {
      const { exitCode, stdout, stderr } = await copy.lab.exec(["ssh", "-oBatchMode=yes", "lab-a", script], {
        input,
      });
      notEqual(exitCode, 0, `${script}: ${stdout}`);
      match(stderr, words, script);
    };
    const order = (toplevel: string, check = "") =>
      `toplevel=${toplevel}\nid=x\nname=lab-a\nholder=x\ngoal=switch\nlimit=30\nconfirm=30\nunits=\ncheck=${check}\n`;

    for (const command of [
      "sh",
      "id",
      "nix-daemon --stdio",
      "nix-env -p /nix/var/nix/profiles/system --set /x",
    ])
      await refused(`sudo -n ${command}`, /password is required/);
    await refused("sudo -n pi-fleet-root ../../bin/sh -c id", /refused by lab-a/);
    await refused("sudo -n pi-fleet-root activate run", /refused by lab-a/);
    await refused(`sudo -n BASH_ENV=/tmp/x ${entry} activate follow 1`, /not allowed to set/);
    await refused("mkdir /run/pi-fleet/x || ln -sf /tmp/x /run/pi-fleet/activate.sh", /Permission denied/);
    equal(
      await asPi("nix --option trusted-users pi store info --json | grep -o 'trusted.:[a-z]*'"),
      'trusted":false',
    );

    // What anybody may add to the store; Nix itself takes it for trusted.
    const evil =
      "mkdir -p /tmp/evil/bin /tmp/evil/etc/pi-fleet && cd /tmp/evil && echo lab-a >etc/pi-fleet/host";
    const program = "printf '#!/bin/sh\\nid >/owned\\n' >bin/switch-to-configuration && chmod +x bin/*";
    const added = await asPi(`${evil} && ${program} && nix-store --add /tmp/evil`);
    await refused(`sudo -n ${entry} activate start`, /neither signed by this fleet's key/, order(added));
    await refused(`sudo -n ${entry} activate dry ${added} x`, /neither signed by this fleet's key/);

    // What the user builds there, with a signature of its own.
    const derivation =
      'derivation { name = "evil"; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" "echo evil >$out" ]; }';
    const build = `nix build --no-link --print-out-paths --impure --expr '${derivation}'`;
    const sign =
      "nix key generate-secret --key-name pi-fleet-1 >/tmp/key && nix store sign --key-file /tmp/key";
    const built = await asPi(`path=$(${build}) && ${sign} $path && echo $path`);
    await refused(`sudo -n ${entry} activate start`, /neither signed by this fleet's key/, order(built));

    // What comes from elsewhere, unsigned; and signed, but made for another Pi.
    const key = nixKey(await signingKey());
    const converted = await copy.lab.exec(["nix", "key", "convert-secret-to-public"], { input: key.secret });
    equal(converted.stdout, key.public, converted.stderr);
    const other = await onHost("lab-b", "readlink /run/current-system");
    const send = () => onLaptop("nix", "copy", "--no-check-sigs", "--to", "ssh-ng://lab-a", other);
    match((await send()).stderr, /lacks a (valid )?signature|lacks a signature by a trusted key/);
    const signAll = 'cat | nix store sign --recursive --key-file /dev/stdin "$0"';
    equal((await copy.lab.exec(["sh", "-c", signAll, other], { input: key.secret })).exitCode, 0);
    const sent = await send();
    equal(sent.exitCode, 0, sent.stderr);
    await refused(`sudo -n ${entry} activate start`, /was not made for lab-a/, order(other));

    // Files as root.
    await refused(
      `sudo -n ${entry} runner deliver lab-a /etc/sudoers.d/x 0a repos/a/b`,
      /refused by lab-a/,
      "x",
    );
    await refused(`sudo -n ${entry} activate start`, /refused by lab-a/, `${order(other)}restricted=\n`);
    equal(await onHost("lab-a", "ls /owned 2>/dev/null || echo none"), "none");
  }

  /** The private key that signs systems, in PEM, from the state. */
  async function signingKey(): Promise<string> {
    const { deployment } = JSON.parse((await pulumi("stack", "export", "--show-secrets")).stdout) as {
      deployment: { resources: { urn: string; outputs?: { privateKeyPemPkcs8?: unknown } }[] };
    };
    const made = deployment.resources.find(({ urn }) => urn.endsWith("fleet-signing-key"));
    const text = JSON.stringify(made?.outputs?.privateKeyPemPkcs8);
    return (/-----BEGIN.*-----/.exec(text)?.[0] ?? "").replaceAll(/\\+n/g, "\n");
  }

  /** What the Pi's own user gets from a script that must succeed. */
  async function asPi(script: string): Promise<string> {
    const { exitCode, stdout, stderr } = await onLaptop("ssh", "-oBatchMode=yes", "lab-a", script);
    equal(exitCode, 0, `${script}: ${stderr}`);
    return stdout.trim();
  }

  it("leaves no process and no lock that trips the next up, after ctrl-C and after kill -9", async () => {
    for (const signal of ["SIGINT", "SIGKILL"] as const) {
      await everyPi(`${signal}\n`);
      const running = await copy.lab.start(
        ["pulumi", "up", "--yes", "--skip-preview", "--non-interactive"],
        {},
      );
      await copy.lab.until(
        async () => (await copy.steps()) > 0,
        60,
        () => "no step ever ran",
      );
      const pid = await engine();
      process.kill(pid, signal);
      await running.result;
      await copy.lab.until(
        async () => (await copy.steps()) === 0,
        30,
        () => `steps were left behind by ${signal}`,
      );
      let next = await pulumi("up", "--yes", "--skip-preview");
      if (next.exitCode !== 0) {
        match(next.out, /pulumi cancel/);
        await pulumi("cancel", "--yes");
        next = await pulumi("up", "--yes", "--skip-preview");
      }
      equal(next.exitCode, 0, next.out);
      for (const pi of pis) equal(await onHost(pi, "cat /etc/of-all"), signal);
      await nothingToChange();
    }
  });

  it("shows no secret: not in argv, what it prints, the Nix stores or the state in clear", async () => {
    const token = "ghp_labTokenThatNoGitHubKnows0123456789";
    const bundles = JSON.parse(
      (await pulumi("stack", "output", "firstBoot", "--show-secrets", "--json")).stdout,
    ) as Record<string, { hostPrivateKey: string }>;
    const exported = JSON.parse((await pulumi("stack", "export", "--show-secrets")).stdout) as {
      deployment: { resources: { urn: string; outputs?: Record<string, unknown> }[] };
    };
    printed = printed.replaceAll(/-----BEGIN[\s\S]*?-----END[^-]*-----/g, "");
    const deploy = JSON.stringify(
      exported.deployment.resources.find(({ urn }) => urn.endsWith("fleet-keys-deploy"))?.outputs,
    );
    const bodies = [deploy, ...Object.values(bundles).map(({ hostPrivateKey }) => hostPrivateKey)].map(
      middleOfKey,
    );
    const secrets = [token, secretValue, ...bodies];
    for (const secret of secrets) ok(secret.length > 20, "a secret was not found to search for");

    // The runner's credential is delivered again, while every argv in this lab is watched; others run beside it.
    await onHost("lab-a", "rm /var/lib/github-runner/.runner_token");
    const networks = [
      (await onLaptop("readlink", "/proc/self/ns/net")).stdout.trim(),
      ...(await Promise.all(["nas", ...pis].map((name) => onHost(name, "readlink /proc/self/ns/net")))),
    ];
    const watch = watchArgv(networks);
    const argv = await up().then(watch.stop, async (error: unknown) => {
      await watch.stop();
      throw error;
    });
    // What is delivered is a token of an hour, made with the one in config.
    notEqual(await onHost("lab-a", "cat /var/lib/github-runner/.runner_token"), token);
    equal(await onHost("lab-a", "stat -c %a /var/lib/github-runner/.runner_token"), "600");
    ok(argv.includes("pi-fleet/step"), "the watch saw no step");

    for (const secret of secrets) {
      ok(!argv.includes(secret), "a secret is in an argv");
      ok(!printed.includes(secret), "a secret was printed");
      const state = await onLaptop("grep", "-rlF", "-e", secret, copy.lab.labDir("pulumi/state"));
      equal(state.stdout, "", "a secret is in the state");
      for (const store of [
        onLaptop("grep", "-rlF", "-e", secret, "/nix/store"),
        ...pis.map((pi) => host(pi).run(["grep", "-rlF", "-e", secret, "/nix/store"])),
      ]) {
        equal(String((await store).stdout), "", "a secret is in a Nix store");
      }
    }
  });

  it("refuses a config without a key that a person holds, before anything is touched", async () => {
    const kept = await readFile(copy.stackFile, "utf8");
    await copy.config(["pi-fleet:keys", "holders"], []);
    const run = await pulumi("up", "--yes", "--skip-preview");
    await writeFile(copy.stackFile, kept);
    notEqual(run.exitCode, 0);
    match(run.out, /pi-fleet:keys\.holders: give at least one public key that you hold/);
    ok(!/updated|created/.test(run.out), run.out);
    ok(!run.out.includes("    at "), run.out);
  });

  it("tells a fault that all Pis share in a sentence", async () => {
    const kept = await readFile(copy.stackFile, "utf8");
    await copy.config(["pi-fleet:nix", "overrideInputs"], {});
    const unlocked = await pulumi("up", "--yes", "--skip-preview");
    await writeFile(copy.stackFile, kept);
    notEqual(unlocked.exitCode, 0);
    match(unlocked.out, /nix\/flake\.lock is missing.*\n.*nix .*flake lock \.\/nix/);
    ok(!unlocked.out.includes("    at ") && !/updated|created/.test(unlocked.out), unlocked.out);

    const modules = join(copy.dir, "nix/modules/default.nix");
    const list = await readFile(modules, "utf8");
    await writeFile(modules, list.replace("./base.nix", "./base.nix\n    { servces = { }; }"));
    const broken = await pulumi("up", "--yes", "--skip-preview");
    await writeFile(modules, list);
    notEqual(broken.exitCode, 0);
    match(broken.out, /lab-a: evaluation failed: .*[\s\S]*servces/);
    match(broken.out, /lab-b: evaluation failed: as for lab-a/);
    ok(!broken.out.includes("    at "), broken.out);
    await up();
    await nothingToChange();
  });

  it("destroys what it made, in bounded time though a Pi is off, and locks nobody out", async () => {
    const running = await onHost("lab-a", "readlink /run/current-system");
    await host("lab-b").powerOff();
    const run = await pulumi("destroy", "--yes", "--skip-preview");
    equal(run.exitCode, 0, run.out);
    match(run.out, /lab-b: left as it is/);
    equal(await onHost("lab-a", "readlink /run/current-system"), running);
    equal(await onHost("lab-a", "ls /var/lib/pi-fleet 2>/dev/null || echo gone"), "gone");
    const person = await onLaptop("ssh", "-oBatchMode=yes", "lab-a", "sudo -n id -u");
    equal(person.stdout.trim(), "0", person.stderr);
  });

  // ---- What the tests are made of.

  /**
   * One Pi gets a config that fails, all others a change: they converge, and it keeps its system. After `mend`, or with
   * the old config again, the next `up` ends the job.
   */
  async function failsAlone(
    pi: string,
    change: Record<string, unknown>,
    words: RegExp,
    mend?: () => Promise<unknown>,
  ) {
    const kept = await readFile(copy.stackFile, "utf8");
    const before = await onHost(pi, "readlink /run/current-system");
    const mark = `beside ${Object.keys(change).join()} ${Date.now()}`;
    try {
      await everyPi(`${mark}\n`);
      for (const [key, value] of Object.entries(change))
        await copy.config(["pi-fleet:hosts", pi, key], value);
      const run = await pulumi("up", "--yes", "--skip-preview");
      notEqual(run.exitCode, 0, run.out);
      match(run.out, words);
      for (const other of pis.filter((name) => name !== pi)) {
        equal(await onHost(other, "cat /etc/of-all"), mark, run.out);
      }
      equal(await onHost(pi, "readlink /run/current-system"), before);
      equal(await onHost(pi, "readlink -f /nix/var/nix/profiles/system"), before);
    } finally {
      if (mend) await mend();
      else await writeFile(copy.stackFile, kept);
    }
    await up();
    equal(await onHost(pi, "cat /etc/of-all"), mark);
    await nothingToChange();
    await writeFile(copy.stackFile, kept);
  }

  async function setSecret(name: string, value: string): Promise<void> {
    const argv = ["pulumi", "config", "set", "--secret", "--path", `pi-fleet:secrets.${name}`];
    const { exitCode, stderr } = await copy.lab.exec(argv, { input: value });
    equal(exitCode, 0, stderr);
  }

  async function up(): Promise<void> {
    const run = await pulumi("up", "--yes", "--skip-preview");
    equal(run.exitCode, 0, run.out);
  }

  async function nothingToChange(): Promise<void> {
    const preview = await pulumi("preview", "--diff", "--expect-no-changes");
    equal(preview.exitCode, 0, preview.out);
  }

  /** The names of the resources that a preview would change. */
  async function changed(): Promise<Set<string>> {
    const { stdout, out } = await pulumi("preview", "--json");
    const { steps } = JSON.parse(stdout.slice(stdout.indexOf("{"))) as {
      steps?: { op: string; urn: string }[];
    };
    ok(steps, out);
    return new Set(
      steps.filter(({ op }) => !["same", "read"].includes(op)).map(({ urn }) => urn.split("::").at(-1) ?? ""),
    );
  }

  /** The toplevel of each Pi as the state has it. */
  async function toplevels(): Promise<Record<string, string>> {
    const { stdout } = await pulumi("stack", "export");
    const { deployment } = JSON.parse(stdout) as {
      deployment: { resources: { urn: string; inputs?: { environment?: { TOPLEVEL?: string } } }[] };
    };
    return Object.fromEntries(
      deployment.resources.flatMap(({ urn, inputs }) => {
        const pi = /::([^:\s]+)-activation$/.exec(urn)?.[1];
        return pi ? [[pi, inputs?.environment?.TOPLEVEL ?? ""]] : [];
      }),
    );
  }

  /** A file that the common modules put on every Pi. */
  async function everyPi(text: string): Promise<void> {
    await writeFile(
      join(copy.dir, "nix/modules/of-all.nix"),
      `{ environment.etc.of-all.text = ${JSON.stringify(text)}; }\n`,
    );
    const modules = join(copy.dir, "nix/modules/default.nix");
    const list = await readFile(modules, "utf8");
    if (!list.includes("of-all"))
      await writeFile(modules, list.replace("./base.nix", "./base.nix\n    ./of-all.nix"));
  }

  function host(name: string) {
    return copy.lab.host(name);
  }

  function onHost(name: string, script: string): Promise<string> {
    return copy.onHost(name, script);
  }

  function onLaptop(...argv: string[]) {
    return copy.lab.exec(argv);
  }

  async function pulumi(...args: string[]) {
    const run = await copy.pulumi(...args);
    if (!args.includes("--show-secrets")) printed += run.out;
    return run;
  }

  function byHand(...argv: string[]) {
    return onLaptop("node", "pi.js", ...argv);
  }

  async function cli(...args: string[]) {
    const { exitCode, all } = await execa(process.execPath, ["--import=tsx", "lab/cli.ts", ...args], {
      cwd: copy.dir,
      reject: false,
      stdin: "ignore",
      all: true,
    });
    printed += all;
    return { exitCode, out: all };
  }

  async function engine(): Promise<number> {
    const found = await copy.engines();
    equal(found.length, 1, JSON.stringify(found));
    return found[0] ?? 0;
  }
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
