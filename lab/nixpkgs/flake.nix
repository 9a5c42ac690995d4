# Stands in for: the flake of github:NixOS/nixpkgs, so that pi-fleet's own flake is evaluated and built offline.
# Not modelled: see NOT_MODELLED.md.
{
  description = "pi-fleet lab: a small module system and NixOS subset in place of nixpkgs";

  outputs = _: {
    lib = import ./lib // {
      nixosSystem = import ./nixos/lib/eval-config.nix;
    };
    legacyPackages = builtins.listToAttrs (
      map
        (system: {
          name = system;
          value = import ./pkgs {
            inherit system;
            lib = import ./lib;
          };
        })
        [
          "x86_64-linux"
          "aarch64-linux"
        ]
    );
  };
}
