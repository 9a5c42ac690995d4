import { deepEqual, throws } from "node:assert/strict";
import { flashOptions } from "../../../components/by-hand/flash-options.js";

const none = {
  ...{ pis: [], image: "", provisioning: false, devices: [] },
  ...{ runnerToken: "", yes: false, notACard: false },
};

describe("the words after flash", () => {
  it("are Pis, whose image is built, or an image, or nothing", () => {
    deepEqual(flashOptions([]), none);
    deepEqual(flashOptions(["pi1", "pi2", "--device", "/dev/sdb"]), {
      ...none,
      ...{ pis: ["pi1", "pi2"], devices: ["/dev/sdb"] },
    });
    const all = ["--image", "x.img", "pi1", "--device=card", "--runner-token", "t", "--yes", "--not-a-card"];
    deepEqual(flashOptions(all), {
      ...{
        pis: ["pi1"],
        image: "x.img",
        provisioning: false,
        devices: ["card"],
        runnerToken: "t",
        yes: true,
        notACard: true,
      },
    });
  });

  it("may ask for the provisioning image", () => {
    deepEqual(flashOptions(["a", "--provisioning"]), { ...none, pis: ["a"], provisioning: true });
  });

  it("may name a device for each Pi", () => {
    const devices = ["/dev/sdb", "/dev/sdc"];
    deepEqual(flashOptions(["a", "b", ...devices.flatMap((one) => ["--device", one])]).devices, devices);
  });

  for (const [words, message] of [
    [
      ["a", "b", "c", "--device", "x", "--device", "y"],
      "flash: --device is given 2 times, for 3 cards. Give one reader for all, or one for each Pi in their order.",
    ],
    [
      ["a", "--device", "x", "--device", "y"],
      "flash: --device is given 2 times, for 1 card. Give one reader for all, or one for each Pi in their order.",
    ],
    [["a", "b", "a"], "flash: a is named twice."],
    [
      ["a", "b", "--device", "x", "--device", "x"],
      "flash: --device x is given twice. Each Pi has a card of its own.",
    ],
    [
      ["a", "--provisioning", "--image", "x.img"],
      "flash: --provisioning builds an image, and --image names one. Give one of the two.",
    ],
    [["--provisioning"], "flash: --provisioning needs the names of the Pis whose cards are written."],
    [
      ["a", "b", "--runner-token", "t"],
      "flash: --runner-token is for the card of one Pi, since a token registers one runner.",
    ],
  ] as const)
    it(`are refused: ${words.join(" ")}`, () => {
      throws(() => flashOptions(words), { name: "UserError", message });
    });
});
