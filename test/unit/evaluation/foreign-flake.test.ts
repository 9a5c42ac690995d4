import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { evaluateForeign } from "../../../components/evaluation/foreign-flake.js";

// A `nix` that writes down how it was called: every Pi it is asked about is planned, but for one whose name is "broken".
const fake = `#!/bin/sh
printf '%s\\n' "$6" >> "$CALLS"
case $8 in *broken*) echo "error: attribute 'nowhere' missing" >&2; exit 1 ;; esac
for name in a b c d; do
  case $8 in *"\\\\\\"$name\\\\\\""*)
    printf '%s"%s":{"drvPath":"/nix/store/%s.drv","toplevel":"/nix/store/%s","system":"x86_64-linux"}' "\${comma-{}" $name $name $name
    comma=, ;;
  esac
done
echo }
`;

describe("flakes of one's own", () => {
  let dir: string;
  const path = process.env["PATH"];

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "pi-fleet-foreign-"));
    writeFileSync(join(dir, "nix"), fake);
    chmodSync(join(dir, "nix"), 0o755);
    process.env["PATH"] = `${dir}:${path}`;
    process.env["CALLS"] = join(dir, "calls");
  });

  afterEach(() => {
    process.env["PATH"] = path;
    delete process.env["CALLS"];
    rmSync(dir, { recursive: true });
  });

  const calls = () => readFileSync(join(dir, "calls"), "utf8").trim().split("\n").sort();

  it("are evaluated once each, however many Pis are in them", async () => {
    const plans = await evaluateForeign({
      a: { ref: "github:me/config", attr: "a" },
      b: { ref: "github:me/config", attr: "b" },
      c: { ref: "./mine", attr: "c" },
    });
    assert.deepEqual(Object.keys(plans).sort(), ["a", "b", "c"]);
    assert(plans["c"]?.kind === "toplevel");
    assert.equal(plans["c"].outPath, "/nix/store/c");
    assert.deepEqual(calls(), [
      "github:me/config#nixosConfigurations",
      `path:${resolve("mine")}#nixosConfigurations`,
    ]);
  });

  it("that fail are asked again Pi by Pi, so that the others still show", async () => {
    const plans = await evaluateForeign({
      a: { ref: "github:me/config", attr: "a" },
      broken: { ref: "github:me/config", attr: "nowhere" },
    });
    assert.equal(plans["a"]?.kind, "toplevel");
    assert(plans["broken"]?.kind === "failed");
    assert.match(plans["broken"].message, /attribute 'nowhere' missing/);
    assert.equal(calls().length, 3);
  });

  it("are not evaluated when there are none", async () => {
    assert.deepEqual(await evaluateForeign({}), {});
  });
});
