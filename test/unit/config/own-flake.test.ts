import { equal } from "node:assert/strict";
import { host } from "../../../components/config/host.js";
import { itRefusesHost } from "./refusals.js";

describe("the config of a flake of one's own", () => {
  const refAndAttr = (ref: string, attr?: string) => host.safeParse({ board: "pi4", flake: { ref, attr } });

  it("may be in a folder whose name has spaces, and have an attribute with dots", () => {
    for (const ref of [
      "../my flakes/pi",
      "/srv/my flakes",
      "~/my flakes",
      "path:./a b",
      "git+file:///x?dir=y",
    ])
      equal(refAndAttr(ref, "bench.example.org").error?.message, undefined);
  });

  itRefusesHost({
    "an output in a flake reference": [
      { flake: { ref: "github:me/config#pi" } },
      /flake\.ref: a flake reference without #/,
    ],
    "spaces in a reference that is no folder": [
      { flake: { ref: "github:me/my config" } },
      /flake\.ref: a flake reference without # and spaces/,
    ],
    "an option of nix as a flake": [{ flake: { ref: "--impure" } }, /flake\.ref: a flake reference/],
    "a path of attributes": [
      { flake: { ref: "./x", attr: "nixosConfigurations/bench" } },
      /flake\.attr: the name alone of one of its nixosConfigurations, such as bench/,
    ],
  });
});

describe("the modules of a host", () => {
  it("are files below nix/ and modules of other flakes", () => {
    const modules = [
      "hosts/pi4/configuration.nix",
      "sops-nix#nixosModules.sops",
      "github:Mic92/sops-nix/0123456789012345678901234567890123456789#nixosModules.sops",
      "git+https://example.org/me/modules?ref=main&rev=0123456789012345678901234567890123456789#nixosModules.default",
    ];
    equal(host.safeParse({ board: "pi4", modules }).error?.message, undefined);
  });

  const eitherForm = /modules\[0\]: a \.nix file below nix\/.*, or a module of another flake/;
  itRefusesHost({
    "a flake without a module": [{ modules: ["github:Mic92/sops-nix"] }, eitherForm],
    "a flake in a folder, which is an input of nix/flake.nix": [
      { modules: ["./mine#nixosModules.x"] },
      eitherForm,
    ],
    "an option of nix as a module": [{ modules: ["--impure#x"] }, eitherForm],
  });
});
