# Board name => the NixOS system of a provisioning image: nix/provisioning. It knows no fleet, so it is the same for all.
{ lib, specialArgs }:
lib.mapAttrs
  (
    name: board:
    lib.nixosSystem {
      inherit specialArgs;
      modules = [
        ../provisioning
        board.module
        {
          nixpkgs.hostPlatform = lib.mkDefault board.system;
          fleet.board = name;
        }
      ];
    }
  )
  (
    # These have no card.
    removeAttrs (import ./boards.nix { inherit lib; }) [
      "virtual"
      "x86_64"
    ]
  )
