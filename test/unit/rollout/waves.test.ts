import { deepEqual } from "node:assert/strict";
import { wavesOf } from "../../../components/rollout/waves.js";
import { parseFleetConfig } from "../../../components/stack/parse-config.js";
import { flat, good } from "../config/refusals.js";

describe("waves", () => {
  it("puts the canaries first and the rest in batches", () => {
    const hosts = Object.fromEntries(["a", "b", "c", "d"].map((name) => [name, { board: "pi4" }]));
    const { fleet } = parseFleetConfig(flat({ ...good, hosts, waves: { canary: ["c"], size: 2 } }));
    deepEqual(wavesOf(fleet), [
      { name: "wave 1 (canary)", pis: ["c"] },
      { name: "wave 2", pis: ["a", "b"] },
      { name: "wave 3", pis: ["d"] },
    ]);
  });

  it("puts a Pi that builds for others after them, also among the canaries", () => {
    const nas = { board: "virtual", address: "NAS.lan." };
    const onNas = { board: "pi4", buildHost: "box" };
    const config = {
      ...good,
      hosts: { nas: { ...nas, buildHost: "box" }, a: onNas, b: onNas },
      buildHosts: { box: { kind: "ssh", address: "nas.lan" } },
    };
    deepEqual(wavesOf(parseFleetConfig(flat(config)).fleet), [
      { name: "wave 1", pis: ["a", "b"] },
      { name: "wave 2 (builds for others)", pis: ["nas"] },
    ]);
    const withCanary = { ...config, waves: { canary: ["nas", "b"] } };
    deepEqual(wavesOf(parseFleetConfig(flat(withCanary)).fleet), [
      { name: "wave 1 (canary)", pis: ["b"] },
      { name: "wave 2 (canary, builds for others)", pis: ["nas"] },
      { name: "wave 3", pis: ["a"] },
    ]);
  });

  it("leaves a Pi that builds for itself alone among the others", () => {
    const hosts = { nas: { board: "virtual", buildHost: "box" }, a: { board: "pi4" } };
    const buildHosts = { box: { kind: "ssh", address: "nas.local" } };
    deepEqual(wavesOf(parseFleetConfig(flat({ ...good, hosts, buildHosts })).fleet), [
      { name: "wave 1", pis: ["nas", "a"] },
    ]);
  });
});
