import type { FirstBoot, HostInFleetJson } from "../protocol/first-boot.js";
import { secretsDir } from "../secrets/secret-files.js";
import { UserError } from "../shared/user-error.js";
import type { BundleFile, FirstBootBundle } from "./first-boot-bundle.js";
import { wpaConfig } from "./wpa-config.js";

export interface PiBundleArgs {
  readonly host: string;
  readonly stack: string;
  readonly firstBoot: FirstBoot;
  /** Undefined when the Pi's system is in a flake of its own, which the deployer does not read. */
  readonly nixHost: HostInFleetJson | undefined;
  /** A registration token from GitHub, which lasts an hour. @default the first `up` brings one */
  readonly runnerToken?: string | undefined;
}

const hostKey = "/etc/ssh/ssh_host_ed25519_key";
/** nix/provisioning reads it. */
const provisioned = "/var/lib/pi-fleet/provisioned";

/**
 * What one Pi gets at its first boot. Its own image has its name, its users, their keys and its networks already; a
 * provisioning image has nothing, and gets them too.
 * @throws UserError for a runner's token that the Pi has no use for
 */
export function piBundle({ host, stack, firstBoot, nixHost, runnerToken }: PiBundleArgs): FirstBootBundle {
  const { hostPrivateKey, hostPublicKey, user, authorizedKeys, secrets } = firstBoot;
  return {
    ...{ host, stack, user },
    files: [
      rootFile(hostKey, `${hostPrivateKey.trim()}\n`, "0600"),
      ...(hostPublicKey ? [rootFile(`${hostKey}.pub`, `${hostPublicKey.trim()}\n`, "0644")] : []),
      ...secrets.map(({ content, ...place }) => ({ ...place, content: Buffer.from(content) })),
      ...(runnerToken ? runnerFiles(host, nixHost, runnerToken) : []),
      ...[
        rootFile(`${provisioned}/identity`, `HOST=${host}\nUSER=${user}\n`, "0644"),
        rootFile(`${provisioned}/authorized_keys/${user}`, `${authorizedKeys.join("\n")}\n`, "0644"),
        ...(nixHost ? networkFiles(nixHost) : []),
      ].map((file) => ({ ...file, provisioning: true })),
    ],
  };
}

/** As components/on-pi/runner.sh leaves them: the unit starts when there is a token for exactly this registration. */
function runnerFiles(host: string, nixHost: HostInFleetJson | undefined, token: string): BundleFile[] {
  const [runner, ...others] = nixHost?.runners ?? [];
  if (!runner || others.length > 0 || runner.justInTime)
    throw new UserError(
      `${host} can't take a runner's token from its card: that is for a Pi with one runner in hosts.${host}.runner that takes ` +
        "registration tokens. pulumi up brings each runner its own.",
    );
  const { name, tokenFile, registration } = runner;
  return [
    rootFile(tokenFile, token, "0600"),
    rootFile(`/var/lib/pi-fleet/runners/${name}/${registration}`, `token=${tokenFile}\nscope=\n`, "0644"),
  ];
}

function networkFiles({ fleet, network }: HostInFleetJson): BundleFile[] {
  const { address, gateway = "", nameservers, interface: link = "", wifi } = network;
  const lines = [
    ...[`ADDRESS=${address}`, `INTERFACE=${link}`, `GATEWAY=${gateway}`],
    ...nameservers.map((server) => `NAMESERVER=${server}`),
  ];
  return [
    ...(fleet.port ? [rootFile(`${provisioned}/sshd_config`, `Port ${fleet.port}\n`, "0644")] : []),
    ...(address ? [rootFile(`${provisioned}/network`, `${lines.join("\n")}\n`, "0644")] : []),
    // A file of passphrases that a person puts on the Pi is not there yet.
    ...(wifi && !wifi.secretsFile
      ? [rootFile(`${provisioned}/wifi.conf`, wpaConfig(wifi, `${secretsDir}/wireless.conf`), "0644")]
      : []),
  ];
}

function rootFile(path: string, text: string, mode: string): BundleFile {
  return { path, content: Buffer.from(text), owner: "root", group: "root", mode };
}
