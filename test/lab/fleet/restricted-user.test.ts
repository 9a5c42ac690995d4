import { equal, match, notEqual, ok } from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { signActivation } from "../../../components/on-pi/sign-activation.js";
import { nixKey } from "../../../components/signing-key.js";
import { type Copy } from "../copy.js";
import { convergedFleet } from "./fleet.js";

describe("the fleet's restricted deploy user", function () {
  this.timeout(240_000);
  let fleet: Copy;

  before(async function () {
    fleet = await convergedFleet(this);
  });

  it("restricts a deploy user to signed activations, against attempts to get round that, and ends it", async () => {
    const lab = ["pi-fleet:hosts", "lab-a"];
    const kept = await readFile(fleet.stackFile, "utf8");
    await fleet.config([...lab, "sudo"], { onlyActivation: true });
    await fleet.config([...lab, "health"], { check: "id -un >/tmp/checked-by-$(id -u)" });
    const preview = await fleet.pulumi("preview");
    match(preview.out, /lab-a: with sudo\.onlyActivation nobody becomes root there/);
    equal((await fleet.changed()).join(), "fleet-signing,fleet-signing-key,lab-a-activation,lab-a-build");
    await fleet.up();

    // Ended, and begun again.
    await fleet.config([...lab, "sudo"], { onlyActivation: false });
    await fleet.up();
    equal(await asPi("sudo -n id -u"), "0");
    const unrestricted = await fleet.onHost("lab-a", "readlink /run/current-system");
    await fleet.config([...lab, "sudo"], { onlyActivation: true });

    // From here on by the entry point: also a runner's token; and signed on a build host, which has no key.
    await fleet.config([...lab, "buildHost"], "nas");
    await fleet.config([...lab, "settings", "environment", "etc", "motd", "text"], "restricted\n");
    await fleet.onHost("lab-a", "rm /var/lib/github-runner/.runner_token");
    await fleet.up();
    equal(await fleet.onHost("lab-a", "cat /etc/motd"), "restricted");
    equal(await fleet.onHost("lab-a", "cat /tmp/checked-by-1000"), "pi");
    ok((await fleet.onHost("lab-a", "cat /var/lib/github-runner/.runner_token")) !== "");
    await fleet.nothingToChange();
    // The lab's card has this user in a group that may read the journal, which no module of ours declares.
    await fleet.onHost("lab-a", "gpasswd --delete pi systemd-journal");
    const examined = await fleet.byHand("doctor", "lab-a");
    await fleet.onHost("lab-a", "gpasswd --add pi systemd-journal");
    equal(examined.exitCode, 0, examined.stdout + examined.stderr);
    match(examined.stdout, /^note {3}not seen: the journal \(.*\): pi may only activate systems there/m);
    match(examined.stdout, /^ok .*, disk \(.*, drift, units/m);
    await getRound(unrestricted);
    const first = await fleet.byHand("rollback", "lab-a", "1");
    equal(first.exitCode, 1);
    match(first.stderr, /refused by lab-a: \S+ is neither signed .* nor a generation with onlyActivation/);

    await fleet.config([...lab, "sudo"], undefined);
    match(
      (await fleet.pulumi("preview")).out,
      /set hosts\.lab-a\.sudo\.onlyActivation: false for one `pulumi up`/,
    );
    // Whoever has the signing key may go back to a system that gives all of sudo.
    const back = await fleet.byHand("rollback", "lab-a");
    equal(back.exitCode, 0, back.stderr);
    equal(await fleet.onHost("lab-a", "readlink /run/current-system"), unrestricted);
    equal(await asPi("sudo -n id -u"), "0");
    await writeFile(fleet.stackFile, kept);
    await fleet.up();
    await fleet.nothingToChange();
  });

  /**
   * What somebody with the deploy key of a restricted Pi might try.
   * @param unrestricted a system of the same Pi, signed, of a time without the restriction
   */
  async function getRound(unrestricted: string): Promise<void> {
    const entry = "/run/current-system/sw/bin/pi-fleet-root";
    const refused = async (script: string, words: RegExp, input = "") => {
      const { exitCode, stdout, stderr } = await fleet.lab.exec(["ssh", "-oBatchMode=yes", "lab-a", script], {
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
    const converted = await fleet.lab.exec(["nix", "key", "convert-secret-to-public"], { input: key.secret });
    equal(converted.stdout, key.public, converted.stderr);
    const other = await fleet.onHost("lab-b", "readlink /run/current-system");
    const send = () => fleet.onLaptop("nix", "copy", "--no-check-sigs", "--to", "ssh-ng://lab-a", other);
    match((await send()).stderr, /lacks a (valid )?signature|lacks a signature by a trusted key/);
    const signAll = 'cat | nix store sign --recursive --key-file /dev/stdin "$0"';
    equal((await fleet.lab.exec(["sh", "-c", signAll, other], { input: key.secret })).exitCode, 0);
    const sent = await send();
    equal(sent.exitCode, 0, sent.stderr);
    await refused(`sudo -n ${entry} activate start`, /was not made for lab-a/, order(other));

    // What the fleet itself made for this Pi, earlier.
    const own = await fleet.onHost("lab-a", "readlink /run/current-system");
    for (const earlier of [unrestricted, own]) {
      await refused(
        `sudo -n ${entry} activate challenge >/dev/null; sudo -n ${entry} activate start`,
        /did not sign this activation/,
        order(earlier),
      );
      const forged = `${order(earlier)}signature=${signActivation(nixKey(otherKey()).secret, { name: "lab-a", toplevel: earlier, challenge: await asPi(`sudo -n ${entry} activate challenge`) })}\n`;
      await refused(`sudo -n ${entry} activate start`, /did not sign this activation/, forged);
    }
    await refused("cat /run/pi-fleet-root/challenge", /Permission denied/);

    // Files as root.
    await refused(
      `sudo -n ${entry} runner deliver lab-a /etc/sudoers.d/x 0a repos/a/b`,
      /refused by lab-a/,
      "x",
    );
    await refused(`sudo -n ${entry} activate start`, /refused by lab-a/, `${order(other)}restricted=\n`);
    equal(await fleet.onHost("lab-a", "ls /owned 2>/dev/null || echo none"), "none");
  }

  /** A private key that no Pi knows, in PEM. */
  function otherKey(): string {
    const format = { type: "pkcs8", format: "pem" } as const;
    return String(generateKeyPairSync("ed25519").privateKey.export(format));
  }

  /** The private key that signs systems, in PEM, from the state. */
  async function signingKey(): Promise<string> {
    const { deployment } = JSON.parse((await fleet.pulumi("stack", "export", "--show-secrets")).stdout) as {
      deployment: { resources: { urn: string; outputs?: { privateKeyPemPkcs8?: unknown } }[] };
    };
    const made = deployment.resources.find(({ urn }) => urn.endsWith("fleet-signing-key"));
    const text = JSON.stringify(made?.outputs?.privateKeyPemPkcs8);
    return (/-----BEGIN.*-----/.exec(text)?.[0] ?? "").replaceAll(/\\+n/g, "\n");
  }

  /** What the Pi's own user gets from a script that must succeed. */
  async function asPi(script: string): Promise<string> {
    const { exitCode, stdout, stderr } = await fleet.onLaptop("ssh", "-oBatchMode=yes", "lab-a", script);
    equal(exitCode, 0, `${script}: ${stderr}`);
    return stdout.trim();
  }
});
