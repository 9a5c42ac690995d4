import { equal, match, ok } from "node:assert/strict";
import { Thinning } from "../../../components/shared/progress.js";
import { cutText, variableBytes } from "../../../components/shared/cut-text.js";

describe("the progress of a step", () => {
  it("is shown line by line, each cut", () => {
    const thinning = new Thinning();
    equal(thinning.show("copying", 0), "copying");
    equal(Buffer.byteLength(thinning.show("x".repeat(100_000), 1) ?? ""), 500);
  });

  it("has room in a variable of the next run's environment, after ten thousand lines in a day", () => {
    const thinning = new Thinning();
    const lines = Array.from({ length: 10_000 }, (_, i) => {
      const now = i < 8000 ? i : 8000 + (i - 8000) * 43_200;
      return thinning.show(
        `copying path '/nix/store/${"ü".repeat(60)}-${i}' to 'ssh-ng://pi@bench.local'`,
        now,
      );
    });
    const said = lines.filter((line) => line !== undefined);
    ok(Buffer.byteLength(said.map((line) => `12345.6 s  ${line}\n`).join("")) < variableBytes);
    ok(lines.slice(0, 200).every((line) => line !== undefined));
    // It goes on to show that it is alive, for hours.
    ok(lines.slice(8000, 8500).filter((line) => line !== undefined).length > 200);
  });
});

describe("a text that is cut", () => {
  it("has at most so many bytes, and no half characters", () => {
    equal(cutText("short", 5), "short");
    for (const bytes of [10, 11, 12, 13]) {
      const cut = cutText("ü".repeat(100), bytes);
      ok(Buffer.byteLength(cut) <= bytes, cut);
      match(cut, /^ü+…$/);
    }
  });
});
