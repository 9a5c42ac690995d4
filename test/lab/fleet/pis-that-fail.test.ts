import { equal, match, notEqual, ok } from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Copy } from "../copy.js";
import { convergedFleet, everyPi, pis } from "./fleet.js";

describe("the fleet with a Pi that fails", function () {
  this.timeout(240_000);
  let fleet: Copy;

  before(async function () {
    fleet = await convergedFleet(this);
  });

  it("lets a Pi that is off be off: a warning, no difference, no long wait", async () => {
    await fleet.host("lab-b").powerOff();
    const preview = await fleet.pulumi("preview", "--expect-no-changes");
    equal(preview.exitCode, 0, preview.out);
    match(preview.out, /lab-b \(lab-b\.local\) can't be reached/);
    await fleet.up();
    await fleet.host("lab-b").boot();
  });

  it("converges the others when one can't be reached, fails naming it, and finishes the job later", async () => {
    await fleet.host("lab-b").powerOff();
    const before = await fleet.onHost("lab-a", "readlink /run/current-system");
    await everyPi(fleet, "while one is off\n");
    const run = await fleet.tryUp();
    notEqual(run.exitCode, 0);
    match(run.out, /lab-b: connect failed: lab-b \(lab-b\.local\) can't be reached/);
    for (const pi of ["lab-a", "lab-c"]) equal(await fleet.onHost(pi, "cat /etc/of-all"), "while one is off");
    notEqual(await fleet.onHost("lab-a", "readlink /run/current-system"), before);

    const still = await fleet.tryUp();
    notEqual(still.exitCode, 0, "a change that is pending was forgotten");
    await fleet.host("lab-b").boot();
    equal((await fleet.changed()).join(), "lab-b-activation,lab-b-build");
    await fleet.up();
    equal(await fleet.onHost("lab-b", "cat /etc/of-all"), "while one is off");
    await fleet.nothingToChange();
  });

  it("names a Pi whose build fails, with the builder's words", async () => {
    await writeFile(
      join(fleet.dir, "nix/hosts/broken.nix"),
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
      join(fleet.dir, "nix/hosts/big.nix"),
      `{ lib, ... }: { environment.etc.big.text = lib.concatStrings (lib.genList toString 100000); }\n`,
    );
    await fleet.onHost("lab-b", "head -c 4G /dev/zero > /root/fill 2>/dev/null || true; sync");
    const mend = () => fleet.onHost("lab-b", "rm -f /root/fill");
    await failsAlone(
      "lab-b",
      { modules: ["hosts/big.nix"] },
      /lab-b: copy failed: lab-b's disk is full: the new system needs \d.* KiB and .* free.*Nothing was copied.*nix-collect-garbage/,
      mend,
    );
  });

  it("refuses another host key, with both fingerprints", async () => {
    const place = "/etc/ssh/ssh_host_ed25519_key";
    await fleet.onHost(
      "lab-b",
      `cp ${place} /root/kept && rm ${place} && ssh-keygen -q -t ed25519 -N '' -f ${place} && systemctl restart ssh`,
    );
    const offered = (await fleet.onHost("lab-b", `ssh-keygen -lf ${place}`)).split(" ")[1] ?? "";
    await fleet.onHost("lab-b", `ssh-keygen -yf /root/kept > /root/kept.pub`);
    const expected = (await fleet.onHost("lab-b", "ssh-keygen -lf /root/kept.pub")).split(" ")[1] ?? "";
    const preview = await fleet.pulumi("preview");
    match(preview.out, /error: lab-b can't be read, .*lab-b \(lab-b\.local\) shows another host key/);
    const run = await fleet.tryUp();
    notEqual(run.exitCode, 0);
    match(run.out, /lab-b: connect failed: .*another host key/);
    ok(run.out.includes(offered) && run.out.includes(expected), run.out);
    await fleet.onHost(
      "lab-b",
      `cp /root/kept ${place} && rm /root/kept /root/kept.pub && systemctl restart ssh`,
    );
    await fleet.up();
    await fleet.nothingToChange();
  });

  it("skips what a Pi's login shell prints, names it, and says why Nix can't copy there", async () => {
    await fleet.onHost("lab-b", `sed -i '1i printf "current=/nix/store/none\\\\nWelcome"' ~pi/.bashrc`);
    const prints = /lab-b's login shell prints text on stdout: "current=\/nix\/store\/none"/;
    match(await fleet.nothingToChange(), prints);
    const status = await fleet.byHand("status");
    match(String(status.stdout), prints);
    match(String(status.stdout), /^lab-b runs \/nix\/store\/\S+-nixos-system-/m);
    await failsAlone(
      "lab-b",
      {},
      /lab-b: copy failed: The login shell of pi on lab-b prints text on stdout/,
      () => fleet.onHost("lab-b", "sed -i 1d ~pi/.bashrc"),
    );
  });

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
    const kept = await readFile(fleet.stackFile, "utf8");
    const before = await fleet.onHost(pi, "readlink /run/current-system");
    const mark = `beside ${Object.keys(change).join()} ${Date.now()}`;
    try {
      await everyPi(fleet, `${mark}\n`);
      for (const [key, value] of Object.entries(change))
        await fleet.config(["pi-fleet:hosts", pi, key], value);
      const run = await fleet.tryUp();
      notEqual(run.exitCode, 0, run.out);
      match(run.out, words);
      for (const other of pis.filter((name) => name !== pi)) {
        equal(await fleet.onHost(other, "cat /etc/of-all"), mark, run.out);
      }
      equal(await fleet.onHost(pi, "readlink /run/current-system"), before);
      equal(await fleet.onHost(pi, "readlink -f /nix/var/nix/profiles/system"), before);
    } finally {
      if (mend) await mend();
      else await writeFile(fleet.stackFile, kept);
    }
    await fleet.up();
    equal(await fleet.onHost(pi, "cat /etc/of-all"), mark);
    await fleet.nothingToChange();
    await writeFile(fleet.stackFile, kept);
  }
});
