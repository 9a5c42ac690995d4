import { equal } from "node:assert/strict";
import { didYouMean } from "../../../components/shared/did-you-mean.js";

describe("did you mean", () => {
  it("names the nearest, in whatever case", () => {
    equal(didYouMean("adress", ["address", "port"]), ' — did you mean "address"?');
    equal(didYouMean("LAB-A", ["lab-b", "lab-a"]), ' — did you mean "lab-a"?');
  });

  it("says nothing when none is near, or there is none", () => {
    equal(didYouMean("colour", ["port", "user"]), "");
    equal(didYouMean("colour", []), "");
  });
});
