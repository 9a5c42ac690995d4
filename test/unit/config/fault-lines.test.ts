import { good, itRefuses } from "./refusals.js";

describe("the line about a fault", () => {
  itRefuses({
    "an unknown option, with the nearest": [
      { ...good, hosts: { a: { board: "pi4", adress: "x" } } },
      /hosts\.a\.adress: unknown option — did you mean "address"\? Allowed here: board, address, user, /,
    ],
    "a value that is none of those allowed, with the nearest": [
      { ...good, hosts: { a: { board: "p4" } } },
      /hosts\.a\.board: must be one of .*pi4.* — did you mean "pi4"\? Found "p4"\./,
    ],
    "a value that is missing": [
      { ...good, hosts: { a: {} } },
      /hosts\.a\.board: is missing; it is one of pi2, pi3, pi4/,
    ],
    "a number that is text": [
      { ...good, timeouts: { probe: "5" } },
      /timeouts\.probe: must be a number\. Found "5"\./,
    ],
    "a map that is none": [{ ...good, hosts: "nonsense" }, /hosts: must be a map\. Found "nonsense"\./],
  });
});
