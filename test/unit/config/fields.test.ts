import { good, itRefuses } from "./refusals.js";

describe("the config's fields", () => {
  itRefuses({
    "an ssh option as an address": [
      { ...good, hosts: { a: { board: "pi4", address: "-oProxyCommand=x" } } },
      /hosts\.a\.address: /,
    ],
    "a file outside nix/": [
      { ...good, hosts: { a: { board: "pi4", modules: ["hosts/../../x.nix"] } } },
      /hosts\.a\.modules\[0\]: a \.nix file below nix\/, such as hosts\/pi4\/configuration\.nix, or a module of another flake/,
    ],
  });
});
