import { equal, match, ok } from "node:assert/strict";
import { UserError } from "../../../components/shared/user-error.js";
import { parse, wifi } from "./stack-secrets.js";

function faultsOf(...args: Parameters<typeof parse>): string {
  try {
    parse(...args);
  } catch (error) {
    ok(error instanceof UserError, String(error));
    return error.message;
  }
  return "";
}

describe("stack secrets", () => {
  const both = { psk_workshop: "swordfish", home: "swordfish" };
  const set = (name: string) => `pulumi config set --secret --path 'pi-fleet:secrets.${name}'`;
  const faults: [string, Parameters<typeof parse>, RegExp | string][] = [
    [
      "one that is missing",
      [{ a: { secrets: { token: {} } } }],
      `secrets.token: is missing; hosts.a.secrets.token needs it. Set it with: ${set("token")}`,
    ],
    [
      "one of a file's that is missing",
      [{ a: wifi }, { home: "swordfish" }],
      /secrets\.psk_workshop: is missing; hosts\.a\.network\.wifi\.networks\.workshop needs it/,
    ],
    ["an empty one", [{ a: { secrets: { token: {} } } }, { token: " \n" }], "secrets.token: is empty"],
    [
      "a short passphrase",
      [{ a: wifi }, { ...both, home: "SECRET7" }],
      /secrets\.home: has 7 characters, and a Wi-Fi passphrase has 8 to 63.*network\.wifi\.networks\.my home/,
    ],
    [
      "a long passphrase that is no key",
      [{ a: wifi }, { ...both, home: "g".repeat(64) }],
      "secrets.home: has 64 characters",
    ],
    [
      "a passphrase of two lines",
      [{ a: wifi }, { ...both, home: "SECRET12\npsk=SECRET" }],
      "secrets.home: is one line",
    ],
    [
      "a tailnet's key of two lines",
      [{ a: { network: { tailscale: {} } } }, { tailscale: "SECRET\nSECRET" }],
      "secrets.tailscale: is one line",
    ],
    ["one that is no text", [{ a: {} }, { token: { SECRET: 1 } }], "secrets.token: is one text"],
    [
      "a name with a dot",
      [{ a: {} }, { "to.ken": "SECRET" }],
      "secrets.to.ken: is one text, its name of letters, digits, _ and -",
    ],
    ["no map", [{ a: {} }, "SECRET"], `secrets: is a map of texts by name. Set each with: ${set("NAME")}`],
    [
      "what is in clear",
      [{ a: {} }, { token: "SECRET" }, []],
      `secrets: is in clear. Set it with: ${set("NAME")}`,
    ],
    [
      "rights for everybody",
      [{ a: { secrets: { token: { mode: "0444" } } } }, { token: "x" }],
      /hosts\.a\.secrets\.token\.mode: octal, nothing for everybody/,
    ],
    [
      "rights that YAML made a number",
      [{ a: { secrets: { token: { mode: 256 } } } }, { token: "x" }],
      'hosts.a.secrets.token.mode: 0400 in quotes: "0400"',
    ],
    [
      "a name that leads elsewhere",
      [{ a: { secrets: { "../x": {} } } }],
      /hosts\.a\.secrets.*a name of letters, digits, _ and -/,
    ],
    [
      "an encrypted file that is none of age's",
      [{ a: { secrets: { token: { age: "../x.age" } } } }],
      "a .age file below nix/",
    ],
  ];
  for (const [what, args, expected] of faults) {
    it(`refuse ${what}, and do not repeat it`, () => {
      const message = faultsOf(...args);
      if (typeof expected === "string") ok(message.includes(expected), message);
      else match(message, expected);
      ok(!message.includes("SECRET"), message);
    });
  }

  it("take a key of 64 hexadecimal digits as it is, and a passphrase of 63 characters", () => {
    const hash = "0123456789abcdef".repeat(4);
    equal(faultsOf({ a: wifi }, { psk_workshop: hash, home: "x".repeat(63) }), "");
  });
});
