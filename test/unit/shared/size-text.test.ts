import { deepEqual } from "node:assert/strict";
import { sizeText } from "../../../components/shared/size-text.js";

const MiB = 1024 ** 2;

describe("sizeText", () => {
  it("writes sizes as people read them", () => {
    const sizes = [0, 512, 16.4 * 1024, 1000 * 1024, 12.34 * MiB, 3 * 1024 * MiB];
    deepEqual(sizes.map(sizeText), ["0 KiB", "0.5 KiB", "16.4 KiB", "1.0 MiB", "12.3 MiB", "3.0 GiB"]);
  });
});
