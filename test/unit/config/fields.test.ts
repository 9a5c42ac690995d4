import { deepEqual, equal } from "node:assert/strict";
import { calendarEvent } from "../../../components/config/calendar.js";
import { address, hostName, user } from "../../../components/config/fields.js";
import { host } from "../../../components/config/host.js";
import { faultsOf, good, itRefuses, itRefusesHost, key } from "./refusals.js";

describe("the config's fields", () => {
  itRefuses({
    "an ssh option as an address": [
      { ...good, hosts: { a: { board: "pi4", address: "-oProxyCommand=x" } } },
      /hosts\.a\.address: /,
    ],
    "a file outside nix/": [
      { ...good, hosts: { a: { board: "pi4", modules: ["hosts/../../x.nix"] } } },
      /hosts\.a\.modules\[0\]: a \.nix file below nix\/, such as hosts\/pi4\/configuration\.nix, or a module of another flake/,
    ],
    "an address with its port": [
      { ...good, hosts: { a: { board: "pi4", address: "pi.lan:22" } } },
      /hosts\.a\.address: an address without its port, which is `port`/,
    ],
    "what YAML makes of port 0022": [
      { ...good, hosts: { a: { board: "pi4", port: 18 } } },
      /hosts\.a\.port: 18 is what YAML makes of 0022: write 22/,
    ],
    "a blank health check": [
      { ...good, hosts: { a: { board: "pi4", health: { check: " " } } } },
      /hosts\.a\.health\.check: one line of sh/,
    ],
    "a time at which no timer fires": [
      { ...good, hosts: { a: { board: "pi4", base: { garbageDates: "weekly; id" } } } },
      /hosts\.a\.base\.garbageDates: a calendar event of systemd\.time\(7\), such as weekly or "Sun 04:00"/,
    ],
    "an option of nix in place of a flake": [
      { ...good, nix: { overrideInputs: { nixpkgs: "--impure" } } },
      /nix\.overrideInputs\.nixpkgs: a flake reference without # and spaces/,
    ],
    "another user's home": [
      { ...good, nix: { flake: "~beau/fleet" } },
      /nix\.flake: a path: ~ is your own home alone/,
    ],
    "the empty path": [{ ...good, nix: { flake: "" } }, /nix\.flake: a path on this machine/],
  });

  it("are addresses of each kind", () => {
    const right = ["::1", "fd00::1", "fe80::1%eth0", "::ffff:10.0.0.1", "10.0.0.1", "pi.lan.", "Pi_4", "a"];
    deepEqual(
      right.filter((text) => !address.safeParse(text).success),
      [],
    );
    const wrong = [
      "10.0.0.256",
      "0.0.0.0",
      "007",
      "0x7f",
      "1.2",
      "a%b",
      `${"a.".repeat(130)}a`,
      "",
      "-a",
      "a b",
      "[::1]",
      "pi@a",
      "::",
      ":22",
      "a:22",
      "1:2",
      "::1 -v",
      "%eth0",
    ];
    deepEqual(
      wrong.filter((text) => address.safeParse(text).success),
      [],
    );
  });

  it("are names of users as NixOS takes them: fewer than 32 characters", () => {
    equal(user.safeParse("a".repeat(31)).success, true);
    equal(user.safeParse("a".repeat(32)).success, false);
  });

  it("are calendar events, as systemd-analyze calendar takes them", () => {
    const right = ["weekly", "Sun 04:00", "Mon..Fri", "Mon,Wed 2:30", "*-*-01 00:00", "*:0/15", "03:15 UTC"];
    deepEqual(
      right.filter((text) => !calendarEvent.safeParse(text).success),
      [],
    );
    const wrong = ["", "25:00", "*-13-01", "Mon Tue", "$(id)", "weekly\n[Unit]", "Mon 04:00 rome", " weekly"];
    deepEqual(
      wrong.filter((text) => calendarEvent.safeParse(text).success),
      [],
    );
  });
});

describe("the name of a host", () => {
  // What the engine gives a program for the unquoted keys 007, 1e3, 0x1f, 0o17 and 0b11, and quoted ones.
  for (const name of ["7", "1000", "31", "15", "3", "007", "0x1f"])
    it(`is not the number ${name}`, () => {
      const [fault = "", ...more] = faultsOf({ ...good, hosts: { [name]: { board: "pi4" } } });
      equal(more.length, 0);
      equal(
        fault.startsWith(`pi-fleet:hosts.${name}: a host name is no number: YAML makes 7 of 007`),
        true,
        fault,
      );
      equal(fault.endsWith(`Found the name "${name}".`), true, fault);
    });

  it("may begin with digits and have letters", () => {
    for (const name of ["1e3", "pi-007", "4b", "0xpi"]) equal(hostName.safeParse(name).success, true, name);
  });
});

describe("a host key as ssh-keyscan prints it", () => {
  for (const name of ["192.168.1.122", "[192.168.1.122]:8023", "|1|bm9uZQ==|bm9uZQ==", "pi.lan,10.0.0.1"])
    it(`loses its host, ${name}`, () => {
      equal(host.parse({ board: "pi4", hostKey: `${name} ${key}` }).hostKey, key);
    });

  it("stays as it is without one", () => {
    equal(host.parse({ board: "pi4", hostKey: key }).hostKey, key);
  });

  itRefusesHost({
    "a key behind something else": [{ hostKey: `a b ${key}` }, /hostKey: a public key starts with its type/],
  });
});
