import { equal, match, notEqual, ok } from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { type Copy } from "../copy.js";
import { convergedFleet } from "./fleet.js";

/** The files of a Pi that somebody could have changed, with their sizes and times. */
const everything =
  "find /etc /var/lib /boot /nix/var -xdev -type f -not -path '/var/lib/many/*' -printf '%p %s %T@\\n' | sort";

describe("the fleet, touched by hand", function () {
  this.timeout(240_000);
  let fleet: Copy;

  before(async function () {
    fleet = await convergedFleet(this);
  });

  it("sees that somebody else switched a Pi, shows both paths, and repairs it", async () => {
    const wanted = await fleet.onHost("lab-b", "readlink /run/current-system");
    const other = await fleet.onHost("lab-b", "readlink -f /nix/var/nix/profiles/system-1-link");
    notEqual(other, wanted);
    await fleet.onHost(
      "lab-b",
      `nix-env -p /nix/var/nix/profiles/system --set ${other} && ${other}/bin/switch-to-configuration switch`,
    );
    const preview = await fleet.pulumi("preview", "--diff");
    match(preview.out, /lab-b drifted/);
    ok(preview.out.includes(wanted) && preview.out.includes(other), preview.out);
    equal((await fleet.changed()).join(), "lab-b-activation,lab-b-build");
    await fleet.up();
    equal(await fleet.onHost("lab-b", "readlink /run/current-system"), wanted);
    await fleet.nothingToChange();
  });

  it("goes back to the generation before by hand, and the next preview says what would bring it forward", async () => {
    const wanted = await fleet.onHost("lab-a", "readlink /run/current-system");
    const back = await fleet.byHand("rollback", "lab-a");
    equal(back.exitCode, 0, back.stderr);
    const now = await fleet.onHost("lab-a", "readlink /run/current-system");
    notEqual(now, wanted);
    equal(await fleet.onHost("lab-a", "readlink -f /nix/var/nix/profiles/system"), now);
    const list = await fleet.byHand("generations", "lab-a");
    ok(
      list.stdout.split("\n").some((line) => line.includes(now) && /running.*default/.test(line)),
      list.stdout,
    );
    ok(
      list.stdout.includes(`  ${new Date().getUTCFullYear()}-`) && !list.stdout.includes("1970"),
      list.stdout,
    );
    const preview = await fleet.pulumi("preview", "--diff");
    ok(preview.out.includes(wanted) && preview.out.includes(now), preview.out);
    await fleet.up();
    equal(await fleet.onHost("lab-a", "readlink /run/current-system"), wanted);
    await fleet.nothingToChange();
    const nowhere = await fleet.byHand("rollback", "lab-a", "999");
    equal(nowhere.exitCode, 1);
    match(nowhere.stderr, /lab-a has no generation 999\. There are: \d/);
  });

  it("examines a Pi that is well, and one that is ill, and changes neither", async () => {
    const well = await fleet.byHand("doctor", "lab-a");
    equal(well.exitCode, 0, well.stdout + well.stderr);
    const parts = ["login", "disk", "memory", "drift", "units", "runner", "last up"];
    const [good = ""] = /^ok .*$/m.exec(well.stdout) ?? [];
    for (const part of parts) match(good, new RegExp(`[ ,]${part}[ ,(]|${part}$`), well.stdout);
    match(good, /pi@lab-a\.local port 22 with the fleet's deploy key/);

    await fleet.onHost(
      "lab-b",
      `systemd-run --quiet --unit=ill sh -c 'echo the probe is gone; exit 3'
      printf 'VERSION=1\nRESULT=refused\nPROBLEM=it is of lab-c in the stack lab, and this system is lab-b\n' >/var/lib/pi-fleet/first-boot
      mkdir /var/lib/many && cd /var/lib/many && (seq 1 1000000 | xargs touch) 2>/dev/null
      ln -sfn "$(readlink -f /nix/var/nix/profiles/system-1-link)" /run/current-system`,
    );
    const before = await fleet.onHost("lab-b", everything);
    const ill = await fleet.byHand("doctor", "lab-b");
    equal(await fleet.onHost("lab-b", everything), before);
    equal(ill.exitCode, 1, ill.stdout + ill.stderr);
    const told = [
      /^wrong {2}first boot: .*: it is of lab-c in the stack lab, and this system is lab-b\./m,
      /^wrong {2}disk: no inodes are left for new files at \/ \(\d+ of \d+\)/m,
      /^wrong {2}drift: it runs \/nix\/store\/\S+, and the last `up` left \/nix\/store\//m,
      /^wrong {2}units: ill\.service failed \(exit-code\): "the probe is gone"/m,
    ];
    for (const words of told) match(ill.stdout, words);
    await fleet.onHost(
      "lab-b",
      `systemctl reset-failed ill; rm -r /var/lib/many /var/lib/pi-fleet/first-boot
      ln -sfn "$(readlink -f /nix/var/nix/profiles/system)" /run/current-system`,
    );
    equal((await fleet.byHand("doctor", "lab-b")).exitCode, 0);
  });

  it("tries a system out by hand, which neither boots nor stays", async () => {
    const kept = await readFile(fleet.stackFile, "utf8");
    const before = await fleet.onHost("lab-b", "readlink /run/current-system");
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
    await fleet.config(["pi-fleet:hosts", "lab-b", "settings"], service(10001));
    const tested = await fleet.byHand("test", "lab-b");
    equal(tested.exitCode, 0, tested.stderr);
    const trial = await fleet.onHost("lab-b", "readlink /run/current-system");
    notEqual(trial, before);
    ok(tested.stdout.includes(`lab-b runs ${trial} until its next restart`), tested.stdout);
    equal(
      await fleet.onHost("lab-b", "readlink -f /nix/var/nix/profiles/system /boot/lab-default"),
      `${before}\n${before}`,
    );
    match((await fleet.pulumi("preview")).out, /lab-b drifted: it runs .*, and the last `up` left/);

    await fleet.config(["pi-fleet:hosts", "lab-b", "settings"], service(10002));
    const dry = await fleet.byHand("dry-activate", "lab-b");
    match(dry.stdout, /^lab-b: would stop the following units: patience\.service$/m);
    equal(await fleet.onHost("lab-b", "readlink /run/current-system"), trial);

    // A switch inhibitor: the Pi can boot this system, and not be switched to it.
    const dbus = { services: { dbus: { implementation: "dbus" } } };
    await fleet.config(["pi-fleet:hosts", "lab-b", "settings"], { ...service(10002), ...dbus });
    const inhibited = await fleet.byHand("dry-activate", "lab-b");
    equal(inhibited.exitCode, 1);
    match(
      inhibited.stderr,
      /it can't be switched to this system while it runs: dbus-implementation : broker -> dbus\. With goal: boot/,
    );
    const bootable = await fleet.onHost(
      "lab-b",
      `dirname $(grep -l ': "dbus"$' /nix/store/*-nixos-system-lab-b-*/switch-inhibitors)`,
    );
    // activate.sh looks itself, before it arms its way back.
    const order = `toplevel=${bootable}\\nid=x\\nname=lab-b\\nholder=x\\ngoal=test\\nlimit=60\\nconfirm=20\\nunits=\\ncheck=\\n`;
    const script = "sh /run/pi-fleet/activate.sh";
    match(
      await fleet.onHost("lab-b", `printf '${order}' | ${script} start && ${script} follow 60`),
      /result=returned\nreason=it can't be switched .*: broker -> dbus\. .*Nothing was changed/,
    );
    equal(await fleet.onHost("lab-b", "readlink /run/current-system"), trial);

    await fleet.onHost(
      "lab-b",
      "printf 'holder=somebody@else\\nsince=2026-01-01T00:00:00Z\\n' > /run/pi-fleet/holder; systemd-run --quiet --unit=pi-fleet-activation sleep 1000",
    );
    const second = await fleet.byHand("test", "lab-b");
    equal(second.exitCode, 1);
    match(
      second.stderr,
      /another activation is under way on lab-b: held by somebody@else since 2026-01-01T00:00:00Z/,
    );

    await fleet.host("lab-b").powerOff();
    const off = await fleet.byHand("doctor", "lab-b");
    equal(off.exitCode, 1, off.stdout);
    match(off.stdout, /^wrong {2}network: nobody answers at 10\.77\.0\.12 port 22 \(\w+\)\./m);
    match(off.stdout, /\nWhere lab-b stands:\nIt is a virtual machine/);
    await fleet.host("lab-b").boot();
    equal(await fleet.onHost("lab-b", "readlink /run/current-system"), before);
    await writeFile(fleet.stackFile, kept);
    await fleet.nothingToChange();

    // Back across an inhibitor, too, only by a restart.
    await fleet.onHost(
      "lab-b",
      `nix-env -p /nix/var/nix/profiles/system --set ${bootable} && ${bootable}/bin/switch-to-configuration boot`,
    );
    await fleet.host("lab-b").powerOff();
    await fleet.host("lab-b").boot();
    const back = await fleet.byHand("rollback", "lab-b");
    equal(back.exitCode, 0, back.stderr);
    match(
      back.stdout,
      /lab-b boots generation \d+, .* from its next restart on .*dbus-implementation : dbus -> broker/,
    );
    equal(
      await fleet.onHost("lab-b", "readlink -f /run/current-system /boot/lab-default"),
      `${bootable}\n${before}`,
    );
    await fleet.host("lab-b").powerOff();
    await fleet.host("lab-b").boot();
    await fleet.up();
    await fleet.nothingToChange();
    const typo = await fleet.byHand("tset", "lab-b");
    match(typo.stderr, /There is no verb "tset" — did you mean "test"\?/);
  });
});
