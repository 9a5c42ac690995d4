import { good, itRefuses } from "./refusals.js";

describe("a config's parts together", () => {
  itRefuses({
    "two Pis at one address": [
      {
        ...good,
        hosts: { a: { board: "pi4", address: "10.0.0.1" }, b: { board: "pi4", address: "10.0.0.1" } },
      },
      /hosts\.b\.address: a has the same address/,
    ],
    "a Pi at the address of a build host": [
      {
        ...good,
        hosts: { nas: { board: "pi4" } },
        buildHosts: { box: { kind: "ssh", address: "nas.local" } },
      },
      /hosts\.nas\.address: the build host box has the same address/,
    ],
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
