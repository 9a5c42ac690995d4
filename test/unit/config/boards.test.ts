import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { boards, boardWarnings } from "../../../components/config/boards.js";
import { good, itRefuses } from "./refusals.js";

describe("boards", () => {
  it("are those of nix/boards, with the same system, title and warning, and a card where its image is made", () => {
    const said = (text: string, name: string) => new RegExp(`^  ${name} = "(.*)";$`, "m").exec(text)?.[1];
    const folder = new URL("../../../nix/boards/", import.meta.url);
    const files = readdirSync(folder).filter((file) => file.endsWith(".nix"));
    const inNix = files.map((file) => {
      const text = readFileSync(new URL(file, folder), "utf8");
      const [system, title, warning] = ["system", "description", "warning"].map((name) => said(text, name));
      const card = text.includes("./common/card.nix");
      return [file.replace(/\.nix$/, ""), { system, title, warning, card }];
    });
    const here = Object.entries(boards).map(([name, { noBootCounting, ...board }]) => {
      assert.ok(noBootCounting, name);
      return [name, { warning: undefined, ...board }];
    });
    assert.deepEqual(Object.fromEntries(inNix), Object.fromEntries(here));
  });

  it("that take hours to build say so, once for all their Pis", () => {
    const warnings = boardWarnings({ a: { board: "pi2" }, b: { board: "pi4" }, c: { board: "pi2" } });
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /^a, c \(Raspberry Pi 2\): .*for hours/);
  });

  itRefuses({
    "a board that NixOS can't serve, with the reason": [
      { ...good, hosts: { a: { board: "pi1" } } },
      /hosts\.a\.board: .*armv6l/,
    ],
  });
});
