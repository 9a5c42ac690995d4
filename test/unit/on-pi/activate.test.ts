import { deepEqual, equal, match } from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { onPiScript } from "../../../components/on-pi/scripts.js";
import { KeyValues } from "../../../components/shared/key-values.js";

// activate.sh on a host of folders: its systems are scripts, and its systemd is a list of the units that are active.
describe("activate.sh", () => {
  let dir: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "pi-fleet-activate-"));
    const script = onPiScript("activate.sh")
      .replace(/^PATH=.*$/m, `PATH=${dir}/bin:/usr/sbin:/usr/bin:/sbin:/bin`)
      .replace(/\/run\/(pi-fleet|current-system|booted-system)/g, `${dir}/run/$1`)
      .replaceAll("/var/lib/pi-fleet", `${dir}/kept`)
      .replaceAll("/nix/var/nix/gcroots/pi-fleet", `${dir}/roots`)
      .replaceAll("/nix/var/nix/profiles/system", `${dir}/profiles/system`);
    for (const folder of ["bin", "run/pi-fleet", "kept", "roots", "profiles", "active", "failed"])
      await mkdir(join(dir, folder), { recursive: true });
    await writeFile(join(dir, "run/pi-fleet/activate.sh"), script);
    for (const [name, text] of Object.entries(programs(dir)))
      await writeFile(join(dir, "bin", name), `#!/bin/sh\n${text}`, { mode: 0o755 });
    await system("old");
    await system("new");
    await symlink(join(dir, "old"), join(dir, "run/current-system"));
    await symlink(join(dir, "old"), join(dir, "run/booted-system"));
    await symlink(join(dir, "old"), join(dir, "profiles/system-1-link"));
    await symlink("system-1-link", join(dir, "profiles/system"));
  });

  afterEach(() => rm(dir, { recursive: true }));

  it("leaves nothing behind when it has committed", async () => {
    await start();
    await commitTo("new");
    deepEqual(await follow(), { phase: "done", result: "committed", reason: "", troubles: "" });
    equal(await runs(), "new");
    deepEqual(await readdir(join(dir, "roots")), []);
    equal(existsSync(join(dir, "kept/unfinished")), false);
    equal(existsSync(join(dir, "kept/room")), false);
    equal(existsSync(join(dir, "run/pi-fleet/room")), false);
  });

  it("runs the switch also for a system that runs already", async () => {
    await start({ toplevel: join(dir, "old") });
    await commitTo("old");
    match(await said("switches"), /^old test$/m);
  });

  const ill: [what: string, order: Record<string, string>, reason: RegExp][] = [
    ["a unit that config names", { units: "up.service down.service" }, /^the unit down\.service is not act/],
    ["config's check", { check: "exit 7" }, /^the health check ended with exit code 7: exit 7$/],
  ];
  for (const [what, order, reason] of ill)
    it(`goes back when ${what} is ill`, async () => {
      await writeFile(join(dir, "active/up.service"), "");
      await start(order);
      await activate("run");
      const report = await follow();
      match(report.reason, reason);
      equal(report.result, "returned");
      equal(report.troubles, "");
      equal(await runs(), "old");
      equal(existsSync(join(dir, "kept/unfinished")), false);
    });

  for (const [what, check] of [
    ["a unit that config names", "units=down.service"],
    ["config's check", "check=exit 7"],
  ] as const)
    it(`is asked after a reboot, and goes back when ${what} is ill`, async () => {
      await system("before");
      const order = `id=x\nlimit=4\n${check}\nold=${join(dir, "before")}\nnew=${join(dir, "old")}\nfailed=\nboot=b\n`;
      await writeFile(join(dir, "kept/rebooting"), order);
      const { stdout } = await activate("arrived", "x");
      match(
        stdout,
        /^result=returned\nreason=the (unit down\.service is not active|health check ended with)/m,
      );
      equal(await readlink(join(dir, "profiles/system-2-link")), join(dir, "before"));
    });

  it("remembers a way back that failed, and goes back to the same system the next time", async () => {
    await start({ check: "false" });
    await writeFile(join(dir, "old/fails"), "3");
    await activate("run");
    const report = await follow();
    equal(report.result, "returned");
    match(report.reason, /^the health check/);
    equal(report.troubles, "the old system's own activation ended with exit code 3");
    match(await said("kept/unfinished"), /^toplevel=.*\/new$[\s\S]*^troubles=the old system's own/m);

    await rm(join(dir, "old/fails"));
    await system("third");
    await start({ toplevel: join(dir, "third"), check: "false" });
    await activate("run");
    deepEqual({ ...(await follow()), reason: "" }, done("returned"));
    equal(await runs(), "old");
    equal(existsSync(join(dir, "kept/unfinished")), false);
    deepEqual(await readdir(join(dir, "roots")), []);
  });

  it("bounds a way back that hangs", async () => {
    await start({ check: "false", limit: "1" });
    await writeFile(join(dir, "old/hangs"), "");
    await activate("run");
    equal((await follow()).troubles, "the old system's own activation did not end within 1 s");
  });

  it("keeps the first reason when its way back was killed too", async () => {
    await start({ check: "false" });
    await writeFile(join(dir, "run/pi-fleet/why"), "the health check failed\n");
    await activate("rescue", "the way back took longer than 1 s");
    equal((await follow()).reason, "the health check failed; then the way back took longer than 1 s");
  });

  it("names what an activation that takes too long waits for", async () => {
    await start();
    await writeFile(join(dir, "jobs"), "7 mkswap-swap.service start running\n8 late.service start waiting\n");
    await activate("rescue", "too long");
    equal((await follow()).reason, "too long; it was waiting for mkswap-swap.service");
  });

  it("that was killed is no activation that awaits its confirmation, and tells so", async () => {
    await start();
    await writeFile(join(dir, "run/pi-fleet/phase"), "awaiting-confirmation\n");
    await rm(join(dir, "active/pi-fleet-activation.service"));
    const confirmed = await activate("confirm", "id 1");
    equal(confirmed.exitCode, 1);
    equal(confirmed.stderr, "what waited for the confirmation on the host was killed");
    // The timer is still to bring the old system back.
    await writeFile(join(dir, "active/pi-fleet-return.timer"), "");
    const following = follow();
    await activate("rescue", "nobody confirmed");
    deepEqual(await following, { ...done("returned"), reason: "nobody confirmed" });
    equal(await runs(), "old");
  });

  it("takes profile and boot default of before from a commit that was killed", async () => {
    await start();
    await writeFile(join(dir, "kept/committing"), await said("run/pi-fleet/activation"));
    await symlink(join(dir, "new"), join(dir, "profiles/system-2-link"));
    await rm(join(dir, "profiles/system"));
    await symlink("system-2-link", join(dir, "profiles/system"));
    await rm(join(dir, "active/pi-fleet-activation.service"));
    await start({ check: "false" });
    await activate("run");
    equal((await follow()).result, "returned");
    equal(await readlink(join(dir, "profiles/system")), "system-1-link");
    match(await said("switches"), /^old boot$/m);
  });

  it("keeps its word on the disk when /run has no room for it", async () => {
    await start({ check: "false" });
    await mkdir(join(dir, "run/pi-fleet/result.new"));
    await activate("run");
    match((await follow()).reason, /^the health check/);
  });

  it("changes nothing, and keeps nothing, when its way back can't be armed", async () => {
    await activate("hold", join(dir, "new"));
    await start();
    await writeFile(join(dir, "no-timers"), "");
    await activate("run");
    match((await follow()).reason, /could not be armed, so nothing was changed$/);
    deepEqual(await readdir(join(dir, "roots")), []);
    equal(existsSync(join(dir, "switches")), false);
  });

  it("keeps nothing of a reboot that can't be ordered", async () => {
    await symlink(join(dir, "new"), join(dir, "profiles/system-2-link"));
    await rm(join(dir, "profiles/system"));
    await symlink("system-2-link", join(dir, "profiles/system"));
    await writeFile(join(dir, "no-timers"), "");
    equal((await activate("reboot")).exitCode, 1);
    deepEqual(await readdir(join(dir, "roots")), []);
    for (const left of ["kept/room", "run/pi-fleet/room", "kept/rebooting"])
      equal(existsSync(join(dir, left)), false, left);
  });

  const done = (result: string) => ({ phase: "done", result, reason: "", troubles: "" });

  /** A system whose switch-to-configuration notes each call that is no check, and fails or hangs as files beside it say. */
  async function system(name: string): Promise<void> {
    await mkdir(join(dir, name, "bin"), { recursive: true });
    const text = `#!/bin/sh
[ "$1" != check ] || exit 0
echo "${name} $1" >>${dir}/switches
[ ! -e ${dir}/${name}/hangs ] || exec sleep 30
[ ! -e ${dir}/${name}/fails ] || exit "$(cat ${dir}/${name}/fails)"
[ "$1" != test ] || ln -sfn ${dir}/${name} ${dir}/run/current-system\n`;
    await writeFile(join(dir, name, "bin/switch-to-configuration"), text, { mode: 0o755 });
  }

  async function activate(verb: string, ...args: string[]) {
    const script = join(dir, "run/pi-fleet/activate.sh");
    return execa("sh", [script, verb, ...args], { reject: false, input: "" });
  }

  async function start(change: Record<string, string> = {}): Promise<void> {
    const order = {
      ...{ toplevel: join(dir, "new"), id: "id 1", name: "a", holder: "me@here", goal: "switch" },
      ...{ limit: "20", confirm: "20", units: "", check: "", ...change },
    };
    const input = Object.entries(order).map(([key, value]) => `${key}=${value}\n`);
    const script = join(dir, "run/pi-fleet/activate.sh");
    const { exitCode, stdout, stderr } = await execa("sh", [script, "start"], {
      input: input.join(""),
      reject: false,
    });
    equal(exitCode, 0, stdout + stderr);
    await writeFile(join(dir, "active/pi-fleet-activation.service"), "");
  }

  /** Runs the activation that was started, and confirms it. */
  async function commitTo(name: string): Promise<void> {
    const running = activate("run");
    equal((await follow(10, false)).phase, "awaiting-confirmation");
    equal((await activate("confirm", "id 1")).exitCode, 0);
    await running;
    equal(await readlink(join(dir, "run/current-system")), join(dir, name));
  }

  /** @param ended whether the activation's unit has ended */
  async function follow(seconds = 10, ended = true) {
    if (ended) await rm(join(dir, "active/pi-fleet-activation.service"), { force: true });
    const said = new KeyValues((await activate("follow", String(seconds))).stdout);
    const [phase, result, reason, troubles] = ["phase", "result", "reason", "troubles"].map((key) =>
      said.one(key),
    );
    return { phase: phase!, result: result!, reason: reason!, troubles: troubles! };
  }

  async function runs(): Promise<string> {
    return (await readlink(join(dir, "run/current-system"))).slice(dir.length + 1);
  }

  function said(file: string): Promise<string> {
    return readFile(join(dir, file), "utf8");
  }
});

/** Programs of the host that would reach beyond the folder. */
function programs(dir: string): Record<string, string> {
  return {
    systemctl: `verb=$1; shift
case $verb in
is-active) for unit; do [ ! -e "${dir}/active/$unit" ] || exit 0; done; exit 3 ;;
list-units) ls ${dir}/failed | sed 's/$/ loaded failed failed/' ;;
list-jobs) cat ${dir}/jobs 2>/dev/null ;;
stop) rm -f "${dir}/active/$1" ;;
is-system-running) echo running ;;
esac\n`,
    "systemd-run": `last=; wait=
for word; do
  case $word in --on-active=*) [ ! -e ${dir}/no-timers ] || exit 1 ;; --wait) wait=yes ;; esac
done
[ -n "$wait" ] || exit 0
while [ "$1" != sh ]; do shift; done
exec "$@"\n`,
    "nix-env": `case $3 in
--set) ln -sfn "$4" ${dir}/profiles/system-2-link; ln -sfn system-2-link ${dir}/profiles/system ;;
--switch-generation) ln -sfn "system-$4-link" ${dir}/profiles/system ;;
--delete-generations) rm "${dir}/profiles/system-$4-link" ;;
esac\n`,
    sync: "",
  };
}
