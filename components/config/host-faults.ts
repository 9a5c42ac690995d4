import { boards } from "./boards.js";
import type { HostConfig } from "./host.js";
import { rebootFault } from "./reboot.js";

interface Fault {
  readonly path: (string | number)[];
  readonly message: string;
}

/** What the options of one host's system say against each other, its board or the deploy user. */
export function systemFaults(host: HostConfig): Fault[] {
  const { board, user, users, lowMemory, storage, serve, base, builders, network, flake, sudo } = host;
  const own = boards[board].system;
  const faults: Fault[] = [];
  const fault = (path: (string | number)[], message: string) => faults.push({ path, message });

  if (flake) {
    for (const option of foreignTo(host))
      fault([option], "this Pi has a flake of its own, which decides that: say it there");
  }
  if (host.crossFrom === own) {
    fault(["crossFrom"], `a ${board} is ${own} itself: leave this out, and it is built natively`);
  }
  if (sudo?.onlyActivation && user === "root") {
    fault(["sudo", "onlyActivation"], "root may do everything: give the Pi a `user` who is not root");
  }
  if (users?.[user]) {
    fault(["users", user], "this is the user that deploys, whose keys are keys.holders and the fleet's own");
  }
  const [swap, card] = [lowMemory?.swapFileMiB, storage?.cardGiB];
  if (swap && card && swap > card * 512) {
    fault(["lowMemory", "swapFileMiB"], `more than half of a card of ${card} GiB: nothing else would fit`);
  }
  serve?.emulate?.forEach((system, index) => {
    if (system === own)
      fault(["serve", "emulate", index], `a ${board} is ${own} itself: nothing is emulated`);
  });
  if (network.tailscale?.secret && network.tailscale.authKeyFile) {
    fault(["network", "tailscale", "secret"], "the key is in authKeyFile or in a stack secret, not in both");
  }
  if (base?.localJobs === 0 && !builders?.length) {
    fault(["base", "localJobs"], "0 needs builders, or nothing could be built there");
  }
  if (network.address && !network.interface && (board === "pi2" || board === "pi3")) {
    const why = "its name is that of a USB device and differs between models: see `ip link` on the Pi";
    fault(["network", "interface"], `a static address on a ${board} needs its interface; ${why}`);
  }
  const rebooting = rebootFault(host.reboot);
  if (rebooting) fault(["reboot", "window"], rebooting);
  return faults;
}

/** Options of ours that a host with a flake of its own sets all the same. */
function foreignTo(host: HostConfig): string[] {
  const { modules, profiles, settings, network } = host;
  const isSet = {
    crossFrom: host.crossFrom,
    modules: modules.length > 0,
    profiles: profiles.length > 0,
    settings: Object.keys(settings).length > 0,
    network: !network.mdns || Object.keys(network).length > 2 || network.nameservers.length > 0,
    runner: host.runner,
    runners: host.runners.length > 0,
    base: host.base,
    users: host.users,
    sudo: host.sudo,
    lowMemory: host.lowMemory,
    storage: host.storage,
    watchdog: host.watchdog,
    builders: host.builders,
    caches: host.caches,
    serve: host.serve,
    hil: host.hil,
    secrets: Object.values(host.secrets).some(({ age }) => age),
  };
  return Object.entries(isSet).flatMap(([option, set]) => (set ? [option] : []));
}
