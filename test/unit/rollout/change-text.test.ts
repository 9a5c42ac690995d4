import { deepEqual, equal, match } from "node:assert/strict";
import { changeText } from "../../../components/rollout/change-text.js";
import { parseDiskSpace } from "../../../components/on-pi/disk-space.js";
import { closure, MiB, store } from "../closure.js";

describe("what a plan tells of a Pi", () => {
  const change = { old: `${store}/old`, toplevel: `${store}/new` };

  it("has its systems, its packages and its sizes", () => {
    const room = parseDiskSpace(`room=/nix/store / ${1024 * 100}\nmissing=${store}/3-hello\n`);
    deepEqual(changeText(change, closure, room, "nas"), {
      lines: [
        "system: /nix/store/old => /nix/store/new",
        "size: 10.0 MiB on the card, where 100.0 MiB are free; at most 10.0 MiB on the wire",
        "units that would restart: known after the copy",
      ],
      packages: ["linux: 6.12.1 → 6.12.2, +12.3 KiB"],
    });
  });

  it("has a bound of the size when the Pi was not asked what it lacks", () => {
    const bound = { free: 100 * MiB, missing: [`${store}/3-hello`], isBound: true };
    equal(
      changeText(change, closure, bound, "nas").lines[1],
      "size: at most 10.0 MiB on the card, where 100.0 MiB are free; at most 10.0 MiB on the wire",
    );
  });

  it("has the size of the download where a cache tells it", () => {
    const cached = { ...closure, downloads: new Map([[`${store}/3-hello`, 2.5 * MiB]]) };
    const room = parseDiskSpace(`room=/nix/store / ${1024 * 100}\nmissing=${store}/3-hello\n`);
    match(changeText(change, cached, room, undefined).lines[1] ?? "", /free; 2\.5 MiB on the wire$/);
  });

  it("says what is unknown", () => {
    match(
      changeText(change, undefined, undefined, undefined).lines.join(),
      /packages and size: known after the build/,
    );
    deepEqual(changeText(change, { ...closure, packages: undefined }, undefined, "nas").packages, [
      "unknown: nas does not have what it runs",
    ]);
  });

  it("counts packages beyond a page", () => {
    const packages = Array.from({ length: 100 }, (_, i) => `package-${i}: 1 → 2`);
    const told = changeText(change, { ...closure, packages }, undefined, "nas").packages;
    equal(told?.length, 31);
    equal(told?.at(-1), "and 70 more");
  });
});
