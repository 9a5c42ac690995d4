import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Copy } from "../copy.js";
import { type Fault, type Phase } from "./faults.js";
import { linkDown, pi } from "./strikes.js";

// A gate is a program on the Pi that waits as long as a file exists. It holds a deployment in a phase.

// A runner's job, which a deployment waits for, as nix/modules/runner.nix has it. The new system has no such runner.
const job = `printf '[Unit]\\nX-RestartIfChanged=false\\n[Service]\\nExecStart=bash -c "exec -a Runner.Worker sleep infinity"\\n' \
        > /run/systemd/system/github-runner-x.service
      systemctl daemon-reload; systemctl start github-runner-x; rm -f /run/pi-fleet/holder`;

/** Waits until the deployment is held in the phase whose gate `nextSystem` has closed. */
export async function reach(copy: Copy, phase: Phase): Promise<void> {
  if (phase === "awaiting") {
    await reach(copy, "testing");
    await linkDown(copy);
    await copy.onHost(pi, "rm -f /run/gate-testing");
    await copy.lab.until(
      async () => (await copy.onHost(pi, "cat /run/pi-fleet/phase")) === "awaiting-confirmation",
      30,
      () => "it never asked",
    );
    await copy.onHost(pi, "touch /run/gate-testing");
    return;
  }
  if (phase === "job") {
    // `dry` notes who is at it; after it comes the question whether a job runs.
    const asked = "test -e /run/pi-fleet/holder && flock --nonblock /run/pi-fleet/lock true";
    await copy.lab.until(
      async () => (await copy.host(pi).run(["sh", "-c", asked])).exitCode === 0,
      60,
      () => "the deployment never came to the job",
    );
    return;
  }
  const name = { copy: "copy", testing: "testing", profile: "profile", "boot switch": "boot" }[phase];
  await copy.lab.until(
    async () => (await copy.host(pi).run(["test", "-e", `/run/at-${name}`])).exitCode === 0,
    60,
    () => `the deployment never came to ${phase}`,
  );
}

/** Opens all gates. A Pi that is off has none. */
export async function release(copy: Copy): Promise<void> {
  if (await copy.host(pi).isUp()) await copy.onHost(pi, "rm -f /run/gate-*");
}

/** Gives the Pi a new system to deploy, with the fault in it, and closes the gate of the fault's phase. */
export async function nextSystem(copy: Copy, mark: string, fault?: Fault): Promise<void> {
  const gate = (name: string) =>
    `if [ -e /run/gate-${name} ]; then touch /run/at-${name}; while [ -e /run/gate-${name} ]; do sleep 0.1; done; fi`;
  if (fault) {
    const closed = {
      copy: "copy",
      job: "job",
      testing: "testing",
      awaiting: "testing",
      profile: "profile",
      "boot switch": "boot",
    }[fault.at ?? "copy"];
    await copy.onHost(
      pi,
      `rm -f /run/gate-* /run/at-*
      ${fault.at ? `touch /run/gate-${closed}` : ""}
      mkdir -p /nix/var/nix/profiles/default/bin
      printf '%s\\n' '#!/bin/sh' '${gate("copy")}' 'exec /usr/bin/nix-daemon "$@"' > /usr/local/bin/nix-daemon
      printf '%s\\n' '#!/bin/sh' '${gate("profile")}' '/usr/bin/nix-env "$@" || exit' '${gate("boot")}' > /nix/var/nix/profiles/default/bin/nix-env
      printf '%s\\n' '${gate("testing")}' > /root/gate
      chmod +x /usr/local/bin/nix-daemon /nix/var/nix/profiles/default/bin/nix-env
      ${fault.at === "job" ? job : ""}`,
    );
  }
  const slow = `systemd.services.gate = {
    wantedBy = [ "multi-user.target" ];
    serviceConfig = { Type = "oneshot"; ExecStart = "/bin/sh /root/gate ${Date.now()}"; };
  };`;
  await writeFile(
    join(copy.dir, "nix/hosts/fault.nix"),
    `{
      imports = [ ${fault?.module ? "./broken.nix" : ""} ];
      environment.etc.of-all.text = ${JSON.stringify(mark)};
      ${fault?.at === "testing" || fault?.at === "awaiting" ? slow : ""}
    }\n`,
  );
  await writeFile(join(copy.dir, "nix/hosts/broken.nix"), fault?.module ?? "{ }\n");
  await copy.config(["pi-fleet:hosts", pi, "modules"], ["hosts/fault.nix"]);
  await copy.config(["pi-fleet:hosts", pi, "health"], fault?.health ?? {});
}
