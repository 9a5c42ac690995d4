import { deepEqual, equal } from "node:assert/strict";
import { fleetConfig } from "../../../components/config/fleet-config.js";
import { imageNames, noImage } from "../../../components/config/images.js";
import { parseFleetConfig } from "../../../components/stack/parse-config.js";
import { flat, good, itRefuses } from "./refusals.js";

const hosts = {
  card: { board: "pi4" },
  pc: { board: "x86_64" },
  made: { board: "virtual", modules: ["hosts/card.nix"] },
  own: { board: "x86_64", flake: { ref: "./mine" } },
} as const;

describe("images of cards", () => {
  it("are none by default, and kept in a folder of the project", () => {
    deepEqual(fleetConfig.parse(good).images, { build: [], folder: ".fleet/images" });
  });

  it("are those of the Pis that are named, or of all that can have one", () => {
    const parsed = fleetConfig.parse({ ...good, hosts }).hosts;
    deepEqual(imageNames({ build: [] }, parsed), []);
    deepEqual(imageNames({ build: ["own", "card"] }, parsed), ["card", "own"]);
    deepEqual(imageNames({ build: "all" }, parsed), ["card", "made", "own"]);
    equal(noImage(parsed["pc"]!), "a x86_64 (PC or NAS with UEFI) has no card, and so no image of one");
  });

  it("that a verb by hand asks for are those alone, in the same folder", () => {
    const config = { ...good, hosts, images: { build: "all", folder: "/srv/images" } };
    const { images } = parseFleetConfig(flat(config), [], "", "own,card").fleet;
    deepEqual(images, { build: ["own", "card"], folder: "/srv/images" });
  });

  itRefuses({
    "an image of a Pi that is not there, with the nearest name": [
      { ...good, hosts, images: { build: ["cart"] } },
      /images\.build\[0\]: no host has this name — did you mean "card"\?/,
    ],
    "an image of what has no card": [
      { ...good, hosts, images: { build: ["card", "pc"] } },
      /images\.build\[1\]: a x86_64 \(PC or NAS with UEFI\) has no card/,
    ],
    "another word": [
      { ...good, images: { build: "some" } },
      /images\.build: names of Pis, or the word "all"/,
    ],
  });
});
