import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { type Copy } from "../copy.js";
import { convergedFleet, pis, stackSecret } from "./fleet.js";

describe("the fleet's secrets", function () {
  this.timeout(240_000);
  let fleet: Copy;

  before(async function () {
    fleet = await convergedFleet(this);
  });

  it("delivers secrets with the system, to the Pis that use them, and takes them back", async () => {
    const kept = await readFile(fleet.stackFile, "utf8");
    const unit = {
      wantedBy: ["multi-user.target"],
      serviceConfig: { Type: "oneshot", RemainAfterExit: true },
      script: "cp /var/lib/pi-fleet-secrets/token /run/token-seen",
    };
    const services = {
      reader: unit,
      // What a changed secret must not run before its time.
      timed: { startAt: "yearly", serviceConfig: { Type: "oneshot" }, script: "touch /run/timed-ran" },
      // It waits, as one whose secret is not there yet.
      waiting: {
        wantedBy: ["multi-user.target"],
        unitConfig: { ConditionPathExists: "/var/lib/waited-for" },
        script: "exec sleep 1000000",
      },
    };
    const units = Object.keys(services).map((name) => `${name}.service`);
    const secret = { owner: "pi", mode: "0640", units };
    await fleet.setSecret("token", "first value\nof two lines");
    await fleet.setSecret("psk_workshop", "12345678");
    await fleet.config(["pi-fleet:hosts", "lab-b", "settings"], { systemd: { services } });
    await fleet.config(["pi-fleet:hosts", "lab-b", "secrets"], { token: secret });
    await fleet.config(["pi-fleet:hosts", "lab-b", "network"], { wifi: { networks: { workshop: {} } } });
    equal((await fleet.changed()).join(), "lab-b-activation,lab-b-build");
    await fleet.up();
    const files = "cd /var/lib/pi-fleet-secrets";
    equal(await fleet.onHost("lab-b", `${files}; cat token`), "first value\nof two lines");
    equal(
      await fleet.onHost("lab-b", `${files}; stat -c '%a %U %G' token wireless.conf`),
      "640 pi root\n640 root wpa_supplicant",
    );
    equal(await fleet.onHost("lab-b", `${files}; cat wireless.conf`), "psk_workshop=12345678");
    equal(await fleet.onHost("lab-b", "cat /run/token-seen"), "first value\nof two lines");
    equal(await fleet.onHost("lab-a", "ls /var/lib/pi-fleet-secrets 2>/dev/null || echo none"), "none");
    await fleet.nothingToChange();
    const { stdout } = await fleet.pulumi("stack", "output", "firstBoot", "--show-secrets", "--json");
    const bundles = JSON.parse(stdout) as Record<string, { secrets: { path: string; content: string }[] }>;
    deepEqual(
      pis.map((pi) => bundles[pi]?.secrets.map(({ path }) => path)),
      [[], ["/var/lib/pi-fleet-secrets/token", "/var/lib/pi-fleet-secrets/wireless.conf"], []],
    );

    // A secret alone changes: the system stays, its reader is started again.
    const system = await fleet.onHost("lab-b", "readlink /run/current-system");
    const wpa = "systemctl show --property=InvocationID --value wpa_supplicant-wlan0";
    const before = await fleet.onHost("lab-b", wpa);
    equal(
      await fleet.onHost("lab-b", "systemctl is-active waiting || touch /var/lib/waited-for"),
      "inactive",
    );
    await fleet.setSecret("token", stackSecret);
    equal((await fleet.changed()).join(), "lab-b-activation,lab-b-build");
    match((await fleet.pulumi("preview")).out, /secrets: token changes/);
    await fleet.up();
    equal(await fleet.onHost("lab-b", "cat /run/token-seen"), stackSecret);
    equal(await fleet.onHost("lab-b", "readlink /run/current-system"), system);
    equal(await fleet.onHost("lab-b", wpa), before);
    equal(await fleet.onHost("lab-b", "systemctl is-active waiting; test ! -e /run/timed-ran"), "active");
    await fleet.nothingToChange();

    // It returns with the system.
    await fleet.setSecret("token", "a wrong value");
    await fleet.config(["pi-fleet:hosts", "lab-b", "health"], { check: "! grep -q wrong /run/token-seen" });
    const run = await fleet.tryUp();
    notEqual(run.exitCode, 0);
    match(run.out, /lab-b: activate failed: the health check ended with exit code 1/);
    equal(await fleet.onHost("lab-b", `${files}; cat token /run/token-seen`), stackSecret + stackSecret);
    await fleet.setSecret("token", stackSecret);
    await fleet.up();
    await fleet.nothingToChange();

    // What somebody altered on the Pi is seen and mended.
    await fleet.onHost("lab-b", `${files}; echo psk_workshop=altered > wireless.conf`);
    match((await fleet.pulumi("preview")).out, /wireless\.conf was altered or removed on the Pi/);
    await fleet.up();
    equal(await fleet.onHost("lab-b", `${files}; cat wireless.conf`), "psk_workshop=12345678");

    // So are secrets that were on trial when the power was cut.
    // A request can't choose the units: they are those of the Pi's own system.
    const chosen = "poweroff.target wpa_supplicant-wlan0.service";
    const trial = ["for trial", `file token 1 root root 0400 eA== ${chosen}`, "end"].join("\\n");
    const script = "sh /run/pi-fleet/secrets.sh";
    const running = await fleet.onHost("lab-b", wpa);
    await fleet.onHost("lab-b", `printf '${trial}\\n' | ${script} stage`);
    equal(
      await fleet.onHost("lab-b", `${script} apply trial && ${script} settle trial; ${files}; cat token`),
      "x",
    );
    equal(
      await fleet.onHost("lab-b", `${wpa}; systemctl is-active poweroff.target || cat /run/token-seen`),
      `${running}\ninactive\nx`,
    );
    await fleet.host("lab-b").powerOff();
    await fleet.host("lab-b").boot();
    await fleet.lab.until(
      async () => (await fleet.onHost("lab-b", `${files}; cat token`)) === stackSecret,
      20,
      () => "the secret on trial stayed",
    );
    await fleet.nothingToChange();

    await fleet.setSecret("psk_workshop", "1234567");
    const refused = await fleet.pulumi("preview");
    notEqual(refused.exitCode, 0);
    match(
      refused.out,
      /pi-fleet:secrets\.psk_workshop: has 7 characters, .*--path 'pi-fleet:secrets\.psk_workshop'/,
    );
    ok(!refused.out.includes("1234567"), refused.out);

    await writeFile(fleet.stackFile, kept);
    await fleet.up();
    // The search of ending.test.ts would find it.
    await fleet.onHost("lab-b", "rm /run/token-seen");
    equal(await fleet.onHost("lab-b", `${files}; ls -A`), "");
    await fleet.nothingToChange();
  });
});
