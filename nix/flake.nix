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
    }:
    let
      inherit (nixpkgs) lib;
      hosts = import ./lib/read-fleet.nix { inherit lib; } "${fleet}/fleet.json";
      systems = lib.mapAttrs (import ./lib/host.nix { inherit lib nixos-hardware; }) hosts;
    in
    {
      # Host name => { config, pkgs, … }, as nixos-rebuild expects it.
      nixosConfigurations = systems;

      # Host name => what the deployer compares and builds, for the whole fleet by one evaluation. An attribute
      # called outPath would make `nix eval --json` print the path alone.
      fleetPlan = lib.mapAttrs (_: nixos: {
        inherit (nixos.config.system.build.toplevel) drvPath;
        toplevel = nixos.config.system.build.toplevel.outPath;
        inherit (nixos.config.nixpkgs.hostPlatform) system;
      }) systems;

      # docs/options.md: what the modules can be told, the same for each host.
      optionsDoc = import ./lib/options-doc.nix {
        inherit lib;
      } (lib.head (lib.attrValues systems)).options.fleet;
    };
}
