import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { greetingOf, type Greeting } from "../../ssh/greeting.js";
import type { SshSession } from "../../ssh/session.js";
import type { Target } from "../../ssh/target.js";
import { wayTo, type Way } from "../../ssh/way-to.js";
import { note, ok, wrong, type Finding } from "./finding.js";
import { askMdns } from "./mdns.js";

/** What this machine's network knows of a Pi that ssh does not get through to. */
export interface NetworkSight {
  readonly way: Way;
  /** The addresses that this machine's resolver finds for the name; absent for an address. */
  readonly found?: readonly string[];
  /** What answers a `.local` name that the resolver does not find. */
  readonly byMdns?: readonly string[];
  readonly greeting?: Greeting;
  /** What is at port 22, when that is not the Pi's port and nothing answers there. */
  readonly atPort22?: Greeting;
  /** What answers to NAME.local (mDNS), when config has another address and nothing answers there. */
  readonly elsewhere?: readonly string[];
}

/** Each question gets so many seconds. */
const seconds = 4;

/** Looks for a Pi by its name, its address and its port. */
export async function lookForPi(session: SshSession, target: Target): Promise<NetworkSight> {
  const way = await wayTo(session, target);
  const { host, port } = way;
  if (way.isProxied || !host) return { way };
  const found = isIP(host) ? undefined : await addressesOf(host);
  const byMdns =
    found?.length === 0 && /\.local\.?$/i.test(host) ? await askMdns(withoutDot(host), seconds) : undefined;
  const address = found ? (found[0] ?? byMdns?.[0]) : host;
  if (!address) return { way, ...(found && { found }), ...(byMdns && { byMdns }) };
  const greeting = await greetingOf(address, port, seconds);
  const isThere = greeting.kind === "greeted";
  const atPort22 = !isThere && port !== 22 ? await greetingOf(address, 22, seconds) : undefined;
  const ownName = `${target.name}.local`;
  const elsewhere =
    !isThere && withoutDot(host) !== ownName
      ? (await askMdns(ownName, seconds)).filter((one) => one !== address)
      : undefined;
  return {
    ...{ way, greeting },
    ...(found && { found }),
    ...(byMdns && { byMdns }),
    ...(atPort22 && { atPort22 }),
    ...(elsewhere && { elsewhere }),
  };
}

async function addressesOf(host: string): Promise<string[]> {
  const late = AbortSignal.timeout(seconds * 1000);
  const tooLate = new Promise<string[]>((resolve) => late.addEventListener("abort", () => resolve([])));
  const found = lookup(host, { all: true }).then(
    (all) => all.map(({ address }) => address),
    // Whatever the resolver's reason is, there is no address.
    () => [],
  );
  return Promise.race([found, tooLate]);
}

function withoutDot(name: string): string {
  return name.replace(/\.$/, "");
}

/** What the sight means. @param sshSays what ssh itself says, for the end of a sentence */
export function networkFindings(target: Target, sight: NetworkSight, sshSays: string): Finding[] {
  const { way, found, byMdns, greeting, atPort22, elsewhere = [] } = sight;
  const { host = target.address, port } = way;
  if (way.isProxied)
    return [
      wrong(
        "network",
        `ssh gets to it by a jump host or a proxy of your ssh config, and says: ${sshSays}`,
        `Try ssh -v ${host} yourself. Its name and port can't be looked at from here`,
      ),
    ];
  if (found?.length === 0)
    return [
      nameFinding(target, host, byMdns),
      ...portFindings(byMdns?.[0] ?? host, port, greeting, atPort22),
    ];
  const address = found?.[0];
  return [
    ...(address === undefined ? [] : [ok("network", `${host} is ${found!.join(", ")}`)]),
    ...portFindings(address ?? host, port, greeting, atPort22),
    ...movedFinding(target, elsewhere),
  ];
}

function movedFinding({ name }: Target, addresses: readonly string[]): Finding[] {
  if (addresses.length === 0) return [];
  return [
    note(
      "network",
      `${name}.local is ${addresses.join(", ")} on this network (mDNS)`,
      `If its address has changed, set hosts.${name}.address to that, or leave address out, which means ${name}.local`,
    ),
  ];
}

function nameFinding({ name }: Target, host: string, byMdns: readonly string[] | undefined): Finding {
  if (byMdns && byMdns.length > 0)
    return wrong(
      "network",
      `${host} answers the local network as ${byMdns.join(", ")}, but this machine does not ask there: it finds no address`,
      `Give this machine a resolver for .local names (on Linux nss-mdns with avahi, or MulticastDNS=yes of systemd-resolved), or set hosts.${name}.address to ${byMdns[0]}`,
    );
  if (byMdns)
    return wrong(
      "network",
      `nobody on this network answers to ${host} (mDNS), and no address is found for it`,
      `It is off, still booting, or in another network than this machine. See the list of leases of your router; if it is there, set hosts.${name}.address to that address`,
    );
  return wrong(
    "network",
    `no address is found for ${host}`,
    `See whether your DNS has that name, or set hosts.${name}.address to the Pi's address`,
  );
}

function portFindings(
  address: string,
  port: number,
  greeting: Greeting | undefined,
  atPort22: Greeting | undefined,
): Finding[] {
  if (!greeting) return [];
  const elsewhere =
    atPort22?.kind === "greeted"
      ? [
          note(
            "network",
            `at port 22 something says ${atPort22.line}`,
            "If that is the Pi, it has no system with the port of config yet: its card is fresh, or it went back",
          ),
        ]
      : [];
  return [greetingFinding(address, port, greeting), ...elsewhere];
}

function greetingFinding(address: string, port: number, greeting: Greeting): Finding {
  const place = `${address} port ${port}`;
  switch (greeting.kind) {
    case "greeted":
      return greetedFinding(place, greeting.line);
    case "silent":
      return wrong(
        "network",
        `something listens at ${place} and says nothing`,
        "The Pi may be starting, out of memory, or its card may be slow or dying: wait a minute, then look at its screen",
      );
    case "refused":
      return wrong(
        "network",
        `a machine is at ${address}, and nothing listens at port ${port}`,
        "It is still booting, its sshd failed, or another machine has that address now: see its screen, or the leases of your router",
      );
    case "nobody":
      return wrong(
        "network",
        `nobody answers at ${place} (${greeting.why})`,
        "See whether it has power and a link",
      );
  }
}

function greetedFinding(place: string, line: string): Finding {
  if (!/^SSH-2\.0-/.test(line))
    return wrong(
      "network",
      `what listens at ${place} is no ssh server: it says ${line}`,
      "Another machine or program has that address or port",
    );
  const other = /Raspbian|Debian|Ubuntu|dropbear|libssh/i.exec(line)?.[0];
  if (other)
    return note(
      "network",
      `what answers at ${place} is of ${other} (${line}), and NixOS's sshd names no other system`,
      "Another card is in the Pi, or another machine has that address",
    );
  return ok("network", `${place}, ${line}`);
}
