import { good, itRefuses } from "./refusals.js";

describe("a config's parts together", () => {
  itRefuses({
    "a build host that can't build the board": [
      {
        ...good,
        hosts: { a: { board: "pi4", buildHost: "nas" } },
        buildHosts: { nas: { kind: "ssh", address: "n", systems: ["x86_64-linux"] } },
      },
      /hosts\.a\.buildHost: the board pi4 needs aarch64-linux/,
    ],
    "a build host that does not exist, with the nearest": [
      {
        ...good,
        hosts: { a: { board: "pi4", buildHost: "nsa" } },
        buildHosts: { nas: { kind: "ssh", address: "n" } },
      },
      /hosts\.a\.buildHost: no build host has this name — did you mean "nas"\? There are: local, nas/,
    ],
    "a canary that does not exist": [
      { ...good, waves: { canary: ["b"] } },
      /waves\.canary\[0\]: no host has this name — did you mean "a"\?/,
    ],
  });
});
