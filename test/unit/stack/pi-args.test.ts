import { deepEqual, equal, throws } from "node:assert/strict";
import type { HostInput } from "../../../components/config/host.js";
import { checkedPiArgs } from "../../../components/stack/pi-args.js";
import { key, nested } from "../config/refusals.js";

const host: HostInput = { board: "pi4" };

describe("the arguments of a Pi", () => {
  it("have the defaults of config", () => {
    const checked = checkedPiArgs("a", { host, timeouts: { probe: 3 } });
    deepEqual([checked.host.user, checked.host.goal, checked.nix.flake], ["pi", "switch", "nix"]);
    deepEqual([checked.timeouts.probe, checked.timeouts.connect], [3, 15]);
  });

  const refused: [what: string, args: Parameters<typeof checkedPiArgs>[1], message: RegExp | string][] = [
    [
      "several faults of the host at once",
      { host: { board: "pi44", port: "x" } as unknown as HostInput },
      /^The arguments of a have faults:\n {2}board: must be one of pi2, [^\n]*\n {2}port: [^\n]+$/,
    ],
    [
      "settings that are nested too deep to read",
      { host: { ...host, settings: { x: nested(3000) } } },
      "The arguments of a: host: is nested more than 100 levels deep.",
    ],
    [
      "a limit that is none",
      { host, timeouts: { probe: -1 } },
      /^The arguments of a have faults:\n {2}probe: /,
    ],
    [
      "a key of a GitHub user, whom only a stack's config may name",
      {
        host: {
          ...host,
          users: { me: { keys: [key, { github: "octocat", pin: [`SHA256:${"A".repeat(43)}`] }] } },
        },
      },
      /^The arguments of a: .*me\.keys\[1\].*: give the keys; only a stack's config may name a GitHub user\.$/,
    ],
    [
      "signed systems without a key to sign with",
      { host: { ...host, sudo: { onlyActivation: true } } },
      'a: sudo.onlyActivation needs a signingKey: new SigningKey("signing")',
    ],
    [
      "a secret that is not given",
      { host: { ...host, secrets: { token: {} } } },
      /^pi-fleet:secrets\.token: is missing; hosts\.a\.secrets\.token needs it\. Set it with: /,
    ],
  ];
  for (const [what, args, message] of refused) {
    it(`are refused for ${what}`, () => {
      throws(() => checkedPiArgs("a", args), { name: "UserError", message });
    });
  }

  it("may ask for signatures with a key, and for a secret that is given", () => {
    const signed = { ...host, sudo: { onlyActivation: true } } as const;
    equal(checkedPiArgs("a", { host: signed, signingKey: {} }).host.sudo?.onlyActivation, true);
    const secret = { host: { ...host, secrets: { token: {} } }, secrets: { token: "x" } };
    deepEqual(Object.keys(checkedPiArgs("a", secret).host.secrets ?? {}), ["token"]);
  });
});
