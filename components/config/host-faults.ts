import type { z } from "zod";
import { canonicalJson } from "../shared/canonical-json.js";
import { type Board, boards } from "./boards.js";
import type { Fault } from "./fault.js";
import { hostOptionList, type hostShape } from "./host-options.js";
import { rebootFault } from "./reboot.js";
import { passphraseName } from "./wifi.js";

type Host = z.output<typeof hostShape>;

/** Accounts that NixOS and its usual modules make, and that nobody logs in to. */
const systemAccounts =
  /^(root|nobody|nixbld\d*|nix-ssh|nscd|sshd|messagebus|polkituser|avahi|dhcpcd|wpa_supplicant|systemd-.*)$/;

/** nix/boards/common/no-usual-interface.nix */
const withoutUsualInterface: readonly Board[] = ["pi2", "pi3", "x86_64"];

/** The options of one host that contradict each other or its board. */
export function hostFaults(host: Host): Fault[] {
  const { board, user, users, lowMemory, storage, serve, base, builders, network, flake, sudo } = host;
  const { runner, runners } = host;
  const boardSystem = boards[board].system;
  const faults: Fault[] = [];
  const fault = (path: (string | number)[], message: string) => faults.push({ path, message });

  if (flake) {
    for (const option of decidedByFlake(host))
      fault([option], "this Pi has a flake of its own, which decides that: say it there");
  }
  if (host.crossFrom === boardSystem) {
    fault(["crossFrom"], `a ${board} is ${boardSystem} itself: leave this out, and it is built natively`);
  }
  if (sudo?.onlyActivation && user === "root") {
    fault(["sudo", "onlyActivation"], "root may do everything: give the Pi a `user` who is not root");
  }
  if (users && Object.hasOwn(users, user)) {
    fault(["users", user], "this is the user that deploys, whose keys are keys.holders and the fleet's own");
  }
  const [swap, card] = [lowMemory?.swapFileMiB, storage?.cardGiB];
  if (swap && card && swap > card * 512) {
    fault(["lowMemory", "swapFileMiB"], `more than half of a card of ${card} GiB: nothing else would fit`);
  }
  serve?.emulate?.forEach((system, index) => {
    if (system === boardSystem)
      fault(["serve", "emulate", index], `a ${board} is ${boardSystem} itself: nothing is emulated`);
  });
  if (network.tailscale?.secret && network.tailscale.authKeyFile) {
    fault(["network", "tailscale", "secret"], "the key is in authKeyFile or in a stack secret, not in both");
  }
  if (base?.localJobs === 0 && !builders?.length) {
    fault(["base", "localJobs"], "0 needs builders, or nothing could be built there");
  }
  if (network.address && !network.interface && withoutUsualInterface.includes(board)) {
    const why = "its name differs from one to the next: see `ip link` there";
    fault(["network", "interface"], `a static address on a ${board} needs its interface; ${why}`);
  }
  for (const [ssid, other] of sharedPassphrases(network.wifi?.networks ?? {})) {
    fault(
      ["network", "wifi", "networks", ssid],
      `its passphrase and that of "${other}" would be the same stack secret, ${passphraseName(ssid, {})}: give each a \`secret\``,
    );
  }
  if (boardSystem === "armv7l-linux" && runners.length + (runner ? 1 : 0) > 0) {
    const why = "GitHub's runner is not built for armv7l in nixpkgs (github-runner, meta.platforms)";
    fault([runner ? "runner" : "runners"], `a ${board} can't be a runner: ${why}`);
  }
  for (const name of Object.keys(users ?? {}).filter((one) => systemAccounts.test(one))) {
    const instead = name === "root" ? "; to deploy as root, say user: root" : "";
    fault(["users", name], `the system itself has this account: give the person another one${instead}`);
  }
  const rebooting = rebootFault(host.reboot);
  if (rebooting) fault(["reboot", "window"], rebooting);
  return faults;
}

/** The networks whose passphrases have the same name by default, each with the earlier one. */
function sharedPassphrases(
  networks: NonNullable<Host["network"]["wifi"]>["networks"],
): [ssid: string, other: string][] {
  const names = new Map<string, string>();
  return Object.entries(networks).flatMap(([ssid, { open, secret }]): [string, string][] => {
    if (open || secret !== undefined) return [];
    const name = passphraseName(ssid, {})!;
    const other = names.get(name);
    names.set(name, ssid);
    return other === undefined ? [] : [[ssid, other]];
  });
}

/** The options that are set although the host's own flake decides them. An option at its default is not set. */
function decidedByFlake(host: Host): string[] {
  return hostOptionList
    .filter(([name, option]) =>
      option.withOwnFlake ? !option.withOwnFlake(host[name]) : option.reader !== "deployer",
    )
    .filter(([name, { schema }]) => canonicalJson(host[name]) !== canonicalJson(schema.parse(undefined)))
    .map(([name]) => name);
}
