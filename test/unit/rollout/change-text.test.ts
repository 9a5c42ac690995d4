import { deepEqual, equal, match } from "node:assert/strict";
import { changeText } from "../../../components/rollout/change-text.js";
import { parseClosure } from "../../../components/nix/closure.js";
import { parseDiskSpace } from "../../../components/on-pi/disk-space.js";

const MiB = 1024 ** 2;
const store = "/nix/store";
const closure = parseClosure(
  [
    `size=${store}/1-linux \t  ${60 * MiB}`,
    `size=${store}/2-initrd\t${20 * MiB}`,
    `size=${store}/3-hello\t${10 * MiB}`,
    `boots=${store}/1-linux/Image`,
    `boots=${store}/2-initrd/initrd`,
    "compared=yes",
    "change=linux: 6.12.1 → 6.12.2, \u001b[31;1m+12.3 KiB\u001b[0m",
  ].join("\n"),
);

describe("what a plan tells of a Pi", () => {
  const change = { old: `${store}/old`, toplevel: `${store}/new` };

  it("has its systems, its packages and its sizes", () => {
    const room = parseDiskSpace(`nix=${1024 * 100}\nmissing=${store}/3-hello\n`);
    deepEqual(changeText(change, closure, room, "nas"), {
      lines: [
        "system: /nix/store/old => /nix/store/new",
        "size: 10.0 MiB on the card, where 100.0 MiB are free; at most 10.0 MiB on the wire",
        "units that would restart: known after the copy",
      ],
      packages: ["linux: 6.12.1 → 6.12.2, +12.3 KiB"],
    });
  });

  it("has the size of the download where a cache tells it", () => {
    const cached = { ...closure, downloads: new Map([[`${store}/3-hello`, 2.5 * MiB]]) };
    const room = parseDiskSpace(`nix=${1024 * 100}\nmissing=${store}/3-hello\n`);
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
