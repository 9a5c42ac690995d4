# A fleet of Raspberry Pis as NixOS systems. Which Pis there are is data: fleet.json of the input `fleet`, which
# the Pulumi program writes; by hand, the default fleet beside this file is used.
{
  description = "NixOS for a fleet of Raspberry Pis";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
    # Only its modules are read, for boards that nixpkgs alone does not boot.
    nixos-hardware = {
      url = "github:NixOS/nixos-hardware/master";
      flake = false;
    };
    fleet = {
      url = "path:./default-fleet";
      flake = false;
    };
  };

  outputs =
    {
      nixpkgs,
      nixos-hardware,
      fleet,
      ...
    }@inputs:
    let
      inherit (nixpkgs) lib;
      provisioning = import ./lib/provisioning.nix {
        inherit lib;
        specialArgs = { inherit nixos-hardware; };
      };
      fleetOf = import ./lib/fleet.nix { inherit lib nixos-hardware provisioning; };
      ours = fleetOf {
        file = "${fleet}/fleet.json";
        root = ./.;
        inherit inputs;
      };
    in
    ours
    // {
      # A fleet.json => nixosConfigurations and fleetPlan, for a flake of one's own that the deployer takes as
      # `pi-fleet:nix.flake`.
      lib.fleet = fleetOf;

      # Board => a system for a card that is nobody's yet: nix build ./nix#provisioning.pi4.config.system.build.sdImage
      inherit provisioning;

      # Each module of modules/ by its file's name; default is all of them.
      nixosModules = import ./lib/nixos-modules.nix { inherit lib; };

      # docs/options.md: what the modules can be told, the same for each host.
      optionsDoc = import ./lib/options-doc.nix {
        inherit lib;
      } (lib.head (lib.attrValues ours.nixosConfigurations)).options.fleet;
    };
}
